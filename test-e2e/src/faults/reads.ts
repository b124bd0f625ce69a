import type { Recorder } from '@rescind/testing'
import type { Key } from './keys.ts'
import type { Subject } from './subject.ts'

/** What a read is not content with less than. */
export interface ReadBounds {
  /** A token. */
  readonly after?: string
  readonly maxStalenessMs?: number
}

/** Reads of one process, each recorded with what came of it. */
export class Reads {
  readonly #subject: Subject
  readonly #recorder: Recorder

  constructor(subject: Subject, recorder: Recorder) {
    this.#subject = subject
    this.#recorder = recorder
  }

  async get(key: Key, bounds: ReadBounds = {}): Promise<void> {
    const { after, maxStalenessMs } = bounds
    const options = {
      ...(after !== undefined && { after }),
      ...(maxStalenessMs !== undefined && { maxStaleness: maxStalenessMs }),
    }
    const plain = Object.keys(options).length === 0
    const read = () => this.#subject.get(key, plain ? undefined : options)
    await this.#recorder.get(key, read, { hit: this.#isHeld(key), ...bounds }).catch(isRecorded)
  }

  /** Several of one region at once. */
  async getMany(keys: readonly Key[]): Promise<void> {
    const region = keys[0]?.region ?? ''
    const names = keys.map(({ key }) => key)
    const read = () => this.#subject.getMany(region, names)
    await this.#recorder
      .getMany({ region, keys: names }, read, { hit: keys.every((key) => this.#isHeld(key)) })
      .catch(isRecorded)
  }

  peek(key: Key): void {
    this.#recorder.peek(key, () => this.#subject.peek(key))
  }

  #isHeld(key: Key): boolean {
    return this.#subject.peek(key) !== undefined
  }
}

/** The checker counts it. */
function isRecorded(): void {}
