import { machineNow, type Recorder } from '@rescind/testing'
import { reserveVersion } from '../database.ts'
import { behindOf, type Key, rowOf } from './keys.ts'
import type { Announced, Behind } from './subject.ts'

export interface WritesBehindOptions {
  readonly behind: Behind
  readonly databaseUrl: string
  readonly recorder: Recorder
  readonly onAcknowledged: (key: Key, announced: Announced) => void
}

/**
 * Writes of one process that are saved later, by whoever is free; each recorded as committed when it is acknowledged. The keys are its own, and
 * it writes one after the other, so that versions are acknowledged in their order.
 */
export class WritesBehind {
  /** Those that this process writes. */
  readonly keys: readonly Key[]
  readonly #behind: Behind
  readonly #databaseUrl: string
  readonly #recorder: Recorder
  readonly #onAcknowledged: (key: Key, announced: Announced) => void
  /** Whose last write was refused, and may have taken effect or not. */
  readonly #refused = new Set<Key>()
  #used = false

  constructor({ behind, databaseUrl, recorder, onAcknowledged }: WritesBehindOptions) {
    this.keys = behindOf(recorder.process)
    this.#behind = behind
    this.#databaseUrl = databaseUrl
    this.#recorder = recorder
    this.#onAcknowledged = onAcknowledged
  }

  async write(key: Key): Promise<void> {
    this.#used = true
    const { process } = this.#recorder
    const id = rowOf(key)
    const version = await reserveVersion(this.#databaseUrl, id, process)
    const invokedAt = machineNow()
    this.#refused.add(key)
    const announced = await this.#behind.set(key, { id, version }).catch(() => undefined)
    const committedAt = machineNow()
    const acked = announced ? { ackedAt: committedAt, token: announced.token } : {}
    this.#recorder.record({ type: 'write', process, ...key, version, invokedAt, committedAt, how: 'set', ...acked })
    if (!announced) return
    this.#refused.delete(key)
    this.#onAcknowledged(key, announced)
  }

  /** Writes once more what was refused, and waits until all is saved; how much is not. */
  async settle(): Promise<number> {
    for (const key of [...this.#refused]) await this.write(key)
    return this.#refused.size + (this.#used ? await this.#unsaved() : 0)
  }

  /** 0 once all is saved, in this process and in others. */
  #unsaved(): Promise<number> {
    return this.#behind.flush().then(
      () => 0,
      () => 1,
    )
  }
}
