import type { ConnectionAttempt } from './connection-attempt.ts'
import { type Opening, openClients } from './open-clients.ts'
import {
  type ClientLimits,
  createClient,
  createClusterClient,
  createShardClient,
  isCluster,
  type RedisTarget,
} from './redis-client.ts'
import { type LinkLimits, RedisLink } from './redis-link.ts'

export interface OwnLinksOptions extends LinkLimits, ClientLimits {
  readonly target: RedisTarget
  /** They lead to the server that has this key. */
  readonly key: string
  readonly count: number
}

/** Connections that somebody beside the bus has for himself. When one ends, they all do. */
export class OwnLinks {
  readonly links: readonly RedisLink[]

  private constructor(links: readonly RedisLink[]) {
    this.links = links
  }

  /**
   * What `hello` makes of them, once it has. Rejects within the connect time-out, or soon after the signal was aborted, leaving
   * nothing open.
   */
  static open<S>(
    options: OwnLinksOptions,
    opening: Omit<Opening, 'connectTimeoutMs'>,
    hello: (links: OwnLinks) => Promise<S>,
  ): Promise<S> {
    const connect = async (attempt: ConnectionAttempt) => {
      const clients = await Promise.all(Array.from({ length: options.count }, await clientsFor(options, attempt)))
      await Promise.all(clients.map((client) => client.connect()))
      return hello(new OwnLinks(clients.map((client) => new RedisLink(client, options))))
    }
    return openClients(connect, { ...opening, connectTimeoutMs: options.connectTimeoutMs })
  }

  async close(): Promise<void> {
    await Promise.all(this.links.map((link) => link.close()))
  }
}

async function clientsFor({ target, key, ...limits }: OwnLinksOptions, attempt: ConnectionAttempt) {
  if (!isCluster(target)) {
    return async () => attempt.add(createClient(target, limits))
  }
  const shards = attempt.add(createClusterClient(target, limits))
  await shards.connect()
  return async () => attempt.add(await createShardClient(shards, key, limits))
}
