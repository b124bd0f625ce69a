import { setTimeout as pause } from 'node:timers/promises'
import { machineClockMs } from '../machine-clock.ts'
import type { Store } from './store.ts'

/** What readers did in one process: each array has one element for each read. */
export interface Reads {
  /** On the clock of the machine. */
  readonly atMs: Float64Array
  readonly tookMs: Float64Array
  /** 1 where the memory of the process had the value. */
  readonly hit: Uint8Array
}

/** After each read, so that readers of a warm cache leave something of the processor to the others. */
const thinkMs = 2

/** Some readers in a closed loop, each reading any of the keys, one as likely as the other. */
export class Readers {
  readonly #store: Store
  readonly #keys: readonly string[]
  readonly #atMs: number[] = []
  readonly #tookMs: number[] = []
  readonly #hit: number[] = []
  readonly #running: Promise<unknown>
  #stopped = false
  #missed = false

  constructor(store: Store, keys: readonly string[], readers: number) {
    this.#store = store
    this.#keys = keys
    this.#running = Promise.all(Array.from({ length: readers }, () => this.#loop()))
    // Whoever stops them hears of it.
    this.#running.catch(() => {})
  }

  /** From now on a miss counts. */
  watch(): void {
    this.#missed = false
  }

  /** True when a read has missed the memory of this process, which holds everything again. */
  get refilled(): boolean {
    return this.#missed && this.#keys.every((key) => this.#store.holds(key))
  }

  /** Rejects if a read did. */
  async stop(): Promise<Reads> {
    this.#stopped = true
    await this.#running
    return {
      atMs: Float64Array.from(this.#atMs),
      tookMs: Float64Array.from(this.#tookMs),
      hit: Uint8Array.from(this.#hit),
    }
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      const key = this.#keys[Math.floor(Math.random() * this.#keys.length)] ?? ''
      const hit = this.#store.holds(key)
      this.#missed ||= !hit
      const atMs = machineClockMs()
      await this.#store.read(key)
      this.#tookMs.push(machineClockMs() - atMs)
      this.#atMs.push(atMs)
      this.#hit.push(Number(hit))
      await pause(thinkMs)
    }
  }
}
