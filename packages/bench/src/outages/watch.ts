import { setTimeout as pause } from 'node:timers/promises'
import { machineClockMs } from '../machine-clock.ts'
import type { RemoteCache } from '../remote/remote-cache.ts'

const everyMs = 50
/** A read that is not answered in this time is not stale: it is none. */
const answerWithinMs = 1_000

/** Reads some ids over and over, and notes when it got an old version of one. */
export class Watch {
  readonly #cache: RemoteCache
  readonly #ids: readonly string[]
  readonly #version: number
  readonly #staleAtMs: Float64Array
  readonly #running: Promise<unknown>
  #stopping = false

  constructor(cache: RemoteCache, ids: readonly string[], version: number) {
    this.#cache = cache
    this.#ids = ids
    this.#version = version
    this.#staleAtMs = new Float64Array(ids.length).fill(Number.NaN)
    this.#running = this.#run()
    this.#running.catch(() => {})
  }

  /** When each of them was last read at an old version; NaN for never. */
  async stop(): Promise<Float64Array> {
    this.#stopping = true
    await this.#running
    return this.#staleAtMs
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      await Promise.all(this.#ids.map((id, index) => this.#look(id, index)))
      await pause(everyMs)
    }
  }

  async #look(id: string, index: number): Promise<void> {
    const beganAtMs = machineClockMs()
    const read = this.#cache.read(id).catch(() => undefined)
    const item = await Promise.race([read, pause(answerWithinMs, undefined, { ref: false })])
    if (item && item.version < this.#version) this.#staleAtMs[index] = beganAtMs
  }
}
