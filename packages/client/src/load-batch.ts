import type { Loaded, Loader } from './loader.ts'
import { pause } from './pause.ts'

interface Waiting<V> {
  resolve(loaded: Loaded<V>): void
  reject(error: unknown): void
}

/** A place in a batch, of one flight. It has to be left, or to load, or the others would wait. */
export class Seat<V> {
  readonly #id: string
  readonly #batch: LoadBatch<V>
  #decided = false

  constructor(id: string, batch: LoadBatch<V>) {
    this.#id = id
    this.#batch = batch
  }

  /** Whether it was left, or has loaded. */
  get decided(): boolean {
    return this.#decided
  }

  /** The value, loaded together with those of the others. */
  load(): Promise<Loaded<V>> {
    this.#decided = true
    return this.#batch.board(this.#id)
  }

  /** The value once more, together with those of the others of which the pause ends with this one. */
  again(withinMs: number): Promise<Loaded<V>> {
    return this.#batch.again(this.#id, withinMs)
  }

  /** Waits for so long; those who wait with it wait until the same moment. */
  pause(ms: number): Promise<void> {
    return this.#batch.pause(ms)
  }

  /** Nothing is to be loaded with the others. Any number of times. */
  leave(): void {
    if (!this.#decided) {
      this.#decided = true
      this.#batch.pass()
    }
  }
}

/**
 * Loads the values of several flights in one call. The call is made when the last of them knows whether it has to load,
 * and with it the lease to do so: a value read before its lease was granted could have been invalidated unnoticed. What
 * is loaded once more is loaded together, too.
 */
export class LoadBatch<V> {
  readonly #loader: Loader<V>
  readonly #waiting = new Map<string, Waiting<V>>()
  #undecided = 0
  #sealed = false
  #pause: Promise<void> | undefined

  constructor(loader: Loader<V>) {
    this.#loader = loader
  }

  /** Undefined once the batch is sealed. */
  seat(id: string): Seat<V> | undefined {
    if (this.#sealed) {
      return undefined
    }
    this.#undecided += 1
    return new Seat(id, this)
  }

  /** One of the seats loads. */
  board(id: string): Promise<Loaded<V>> {
    const loaded = this.#await(id)
    this.pass()
    return loaded
  }

  /** One of the seats loads once more, when all have that want to in this turn. */
  again(id: string, withinMs: number): Promise<Loaded<V>> {
    const loaded = this.#await(id)
    if (this.#waiting.size === 1) {
      process.nextTick(() => this.#depart(withinMs))
    }
    return loaded
  }

  pause(ms: number): Promise<void> {
    this.#pause ??= pause(ms).then(() => {
      this.#pause = undefined
    })
    return this.#pause
  }

  /** One of the seats has decided. */
  pass(): void {
    this.#undecided -= 1
    this.#departIfReady()
  }

  /** Nobody else will take a seat. */
  seal(): void {
    this.#sealed = true
    this.#departIfReady()
  }

  #departIfReady(): void {
    if (this.#sealed && this.#undecided === 0 && this.#waiting.size > 0) {
      this.#depart()
    }
  }

  #await(id: string): Promise<Loaded<V>> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
    })
  }

  #depart(withinMs?: number): void {
    const waiting = new Map(this.#waiting)
    this.#waiting.clear()
    this.#loader.many([...waiting.keys()], withinMs).then(
      (results) => {
        for (const [id, { resolve, reject }] of waiting) {
          const result = results.get(id)
          if (result === undefined || result instanceof Error) {
            reject(result)
          } else {
            resolve(result)
          }
        }
      },
      (error) => {
        for (const { reject } of waiting.values()) {
          reject(error)
        }
      },
    )
  }
}
