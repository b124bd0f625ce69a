import { startRedis } from '@rescind/testbed'
import { Links } from './links.ts'
import { serverFaults } from './server-faults.ts'
import type { Topology } from './topology.ts'

/** One Redis. */
export async function singleTopology(): Promise<Topology> {
  const redis = await startRedis()
  const links = new Links()
  return {
    faults: serverFaults(redis),
    async connect() {
      const link = await links.to(redis)
      return { way: { kind: 'single', url: link.url }, links: [link] }
    },
    async stop() {
      await links.close()
      await redis.stop()
    },
  }
}
