import { checkName, InvalidArgumentError } from '@rescind/options'
import { Layout } from './layout.ts'
import { checkTarget, isCluster, type RedisTarget, type SingleTarget } from './redis-client.ts'

/** More make no sense for the values of one bus; and their names have to go into a field of its log. */
const MOST_SERVERS = 64

/**
 * The layout that the servers make up, and where each of them is.
 *
 * @throws {InvalidArgumentError}
 */
export function checkValueServers(
  valueServers: unknown,
  redis: RedisTarget,
): { readonly layout: Layout; readonly targets: Readonly<Record<string, SingleTarget>> } {
  if (typeof valueServers !== 'object' || valueServers === null || Array.isArray(valueServers)) {
    throw new InvalidArgumentError('valueServers', 'an object of servers by their names', valueServers)
  }
  if (isCluster(redis)) {
    const expected = 'left out where redis is a Cluster, which spreads the values over its own shards'
    throw new InvalidArgumentError('valueServers', expected, valueServers)
  }
  const targets: Record<string, SingleTarget> = {}
  for (const [name, target] of Object.entries(valueServers)) {
    checkName('each name of valueServers', name)
    const option = `valueServers.${name}`
    checkTarget(option, target)
    if (isCluster(target)) {
      throw new InvalidArgumentError(
        option,
        'one server; for a Cluster, give it as redis, without valueServers',
        target,
      )
    }
    targets[name] = target
  }
  const names = Object.keys(targets)
  if (names.length === 0 || names.length > MOST_SERVERS) {
    throw new InvalidArgumentError('valueServers', `1 to ${MOST_SERVERS} servers by their names`, valueServers)
  }
  return { layout: new Layout(names.join(',')), targets }
}
