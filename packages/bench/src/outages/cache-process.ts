import { setTimeout as pause } from 'node:timers/promises'
import { serve } from '@rescind/testbed'
import { machineClockMs } from '../machine-clock.ts'
import { loadRemote, type RemotePeer } from '../remote/all-remote-peers.ts'
import type { RemoteCache } from '../remote/remote-cache.ts'
import { Source } from './source.ts'
import { Watch } from './watch.ts'

let opened: { readonly cache: RemoteCache; readonly source: Source } | undefined
let watch: Watch | undefined
let startUpMs = Number.NaN

process.once('SIGTERM', () => process.exit())
// Some peers reject or throw in the background when Redis goes away. The process of a user would end; these go on.
process.on('unhandledRejection', () => {})
process.on('uncaughtException', () => {})

/** Some peers never answer what was asked while Redis went away. */
const readWithinMs = 5_000

serve({
  async open(peer: RemotePeer, name: string, redisUrl: string, sourceUrl: string): Promise<void> {
    const source = new Source(sourceUrl)
    const { load, loadMany } = source
    const beganAtMs = machineClockMs()
    const open = await loadRemote(peer)
    const cache = await open({ redisUrl, name, load, loadMany })
    await cache.read('first')
    startUpMs = machineClockMs() - beganAtMs
    opened = { cache, source }
  },

  slow(delayMs: number): void {
    node().source.delayMs = delayMs
  },

  /** Reads all of them at once, and settles when the last one is answered, or will hardly be. */
  async read(ids: readonly string[]): Promise<void> {
    const reading = Promise.allSettled(ids.map((id) => node().cache.read(id)))
    await Promise.race([reading, pause(readWithinMs, undefined, { ref: false })])
  },

  /** Reads one of them many times at once. */
  async readTogether(id: string, times: number): Promise<void> {
    await Promise.all(Array.from({ length: times }, () => node().cache.read(id)))
  },

  /** Commits, and says so; waits no longer than this for the latter. */
  async write(ids: readonly string[], withinMs: number): Promise<void> {
    const { cache, source } = node()
    await source.commit(ids)
    const said = cache.invalidate(ids).catch(() => {})
    await Promise.race([said, pause(withinMs, undefined, { ref: false })])
  },

  /** Reads all of them over and over from now on, and notes when it got an older version than this. */
  watch(ids: readonly string[], version: number): void {
    watch = new Watch(node().cache, ids, version)
  },

  /** When each of them was last read at an older version, on the clock of the machine; NaN for never. */
  stale: (): Promise<Float64Array> => watch?.stop() ?? Promise.reject(new Error('Nothing is watched')),

  loads: (): Promise<number> => node().source.loads(),

  /** Reads them one after the other. */
  async readInTurn(ids: readonly string[]): Promise<void> {
    for (const id of ids) await node().cache.read(id)
  },

  /** Says of one after the other that it is no longer current, without any write. */
  async invalidateInTurn(ids: readonly string[]): Promise<void> {
    for (const id of ids) await node().cache.invalidate([id])
  },

  /** From before the library was imported until the first value was there. */
  startUpMs: (): number => startUpMs,

  /** What this process has used so far. */
  cpuMs(): number {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000
  },
})

function node(): { readonly cache: RemoteCache; readonly source: Source } {
  if (!opened) throw new Error('open() comes first')
  return opened
}
