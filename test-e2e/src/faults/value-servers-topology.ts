import { type RedisServer, startRedis } from '@rescind/testbed'
import type { Fault } from './fault.ts'
import { Links } from './links.ts'
import { serverFaults } from './server-faults.ts'
import type { Topology } from './topology.ts'

const names = ['one', 'two', 'three']

/** A Redis for the log, and three for the values. */
export async function valueServersTopology(): Promise<Topology> {
  const log = await startRedis()
  const values = await Promise.all(names.map(() => startRedis()))
  const links = new Links()
  return {
    faults: [...serverFaults(log), ...values.flatMap((server, n) => valueServerFaults(server, names[n] ?? ''))],
    async connect() {
      const toLog = await links.to(log)
      const toValues = await Promise.all(values.map((server) => links.to(server)))
      const valueServers = Object.fromEntries(names.map((name, n) => [name, toValues[n]?.url ?? '']))
      return { way: { kind: 'single', url: toLog.url, valueServers }, links: [toLog, ...toValues] }
    },
    async stop() {
      await links.close()
      await Promise.all([log, ...values].map((server) => server.stop()))
    },
  }
}

/** No message is lost with a value. */
function valueServerFaults(server: RedisServer, name: string): Fault[] {
  const wanted = /frozen|killed|flushed|restarted|full/
  return serverFaults(server)
    .filter((fault) => wanted.test(fault.name))
    .map((fault) => ({ ...fault, name: `${fault.name}: value server ${name}`, mayFlush: false }))
}
