import {
  caughtUp,
  cutReplica,
  eventually,
  PROMPT_SYNC,
  startRedis,
  startReplica,
  startSentinel,
} from '@rescind/testbed'
import { expect } from 'chai'
import { healed } from './fault.ts'
import { Links } from './links.ts'
import { lossy, whileWritten } from './server-faults.ts'
import type { Topology } from './topology.ts'

/** A primary, its replica, and a Sentinel that promotes it. */
export async function sentinelTopology(): Promise<Topology> {
  const primary = await startRedis({ args: PROMPT_SYNC })
  const replica = await startReplica(primary)
  const sentinel = await startSentinel(primary, 1)
  const links = new Links()
  const failover = lossy('failover with a lost tail', async (lastsMs) => {
    await caughtUp(primary, replica)
    await cutReplica(primary, replica)
    await whileWritten(lastsMs)
    await primary.kill()
    replica.resume()
    await eventually(async () => expect(String(await replica.command('ROLE'))).to.match(/^master/), {
      withinMs: 30_000,
    })
    return healed
  })
  return {
    faults: [{ ...failover, once: true }],
    async connect() {
      const { links: each, natMap } = await links.toEach([primary, replica])
      const { name, host, port } = sentinel
      return { way: { kind: 'sentinel', sentinels: [{ host, port }], name, natMap }, links: each }
    },
    async stop() {
      await links.close()
      await Promise.all([sentinel.stop(), replica.stop(), primary.stop()])
    },
  }
}
