import { type NodeChild, spawnNode } from '@rescind/testbed'
import type { RemotePeer } from '../remote/all-remote-peers.ts'

const callWithinMs = 60_000

/** A process with the cache of one peer in it, seen from outside. */
export class CacheHandle {
  readonly #child: NodeChild

  private constructor(child: NodeChild) {
    this.#child = child
  }

  static async start(peer: RemotePeer, name: string, redisUrl: string, sourceUrl: string): Promise<CacheHandle> {
    const child = await spawnNode(new URL('./cache-process.js', import.meta.url), { withinMs: callWithinMs })
    try {
      await child.call('open', peer, name, redisUrl, sourceUrl)
      return new CacheHandle(child)
    } catch (error) {
      await child.stop()
      throw error
    }
  }

  async slow(delayMs: number): Promise<void> {
    await this.#child.call('slow', delayMs)
  }

  async read(ids: readonly string[]): Promise<void> {
    await this.#child.call('read', ids)
  }

  async readTogether(id: string, times: number): Promise<void> {
    await this.#child.call('readTogether', id, times)
  }

  async write(ids: readonly string[], withinMs: number): Promise<void> {
    await this.#child.call('write', ids, withinMs)
  }

  async watch(ids: readonly string[], version: number): Promise<void> {
    await this.#child.call('watch', ids, version)
  }

  /** When each of them was last read at an old version, on the clock of the machine; NaN for never. */
  async stale(): Promise<Float64Array> {
    const atMs = await this.#child.call('stale')
    if (!(atMs instanceof Float64Array)) throw new TypeError(`Expected times; received ${typeof atMs}`)
    return atMs
  }

  async loads(): Promise<number> {
    return Number(await this.#child.call('loads'))
  }

  async readInTurn(ids: readonly string[]): Promise<void> {
    await this.#child.call('readInTurn', ids)
  }

  async invalidateInTurn(ids: readonly string[]): Promise<void> {
    await this.#child.call('invalidateInTurn', ids)
  }

  async startUpMs(): Promise<number> {
    return Number(await this.#child.call('startUpMs'))
  }

  async cpuMs(): Promise<number> {
    return Number(await this.#child.call('cpuMs'))
  }

  /** SIGSTOP. */
  pause(): void {
    this.#child.pause()
  }

  resume(): void {
    this.#child.resume()
  }

  stop(): Promise<void> {
    return this.#child.stop()
  }
}
