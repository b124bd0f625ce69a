import { checkInteger, checkOptions, InvalidArgumentError } from '@rescind/options'
import type { Bytes } from './overlay.ts'
import type { Queue } from './queue.ts'

/** A write that was given up. */
export interface DeadLetter<V, K extends string = string> {
  /** Its place among them, for `discard` and `after`. */
  readonly letter: string
  readonly id: K
  /** What was to be saved; undefined if it cannot be read here. */
  readonly value: V | undefined
  /** False if it is damaged, or of another `schemaVersion`. */
  readonly readable: boolean
  readonly sequence: number
  /** Tries that failed. */
  readonly attempts: number
  /** Name and message of what the last one failed with. */
  readonly error: string
  /** When it was given up, by the clock of Redis. */
  readonly diedAt: Date
}

export interface DeadLetterOptions {
  /** How many at most. Default 100. */
  readonly count?: number
  /** Only those that come after this letter. Default: from the oldest on. */
  readonly after?: string
}

const LETTER = /^\d+-\d+$/

/** @throws {InvalidArgumentError} */
export async function readDeadLetters<V, K extends string>(
  connected: () => Promise<Queue>,
  bytes: Bytes<V>,
  options: DeadLetterOptions = {},
): Promise<DeadLetter<V, K>[]> {
  checkOptions('options of deadLetters', options, ['count', 'after'])
  const { count = 100, after } = options
  checkInteger('count', count, 1, 10_000)
  if (after !== undefined) {
    checkLetter('after', after)
  }
  const found = await (await connected()).dead(count, after)
  return Promise.all(
    found.map(async ({ entry, id, sequence, attempts, error, bytes: packed }) => {
      const decoded = await bytes.decode(packed)
      return {
        letter: entry,
        // What was written under the type of the ids.
        id: id as K,
        value: decoded?.value,
        readable: decoded !== undefined,
        sequence,
        attempts,
        error,
        diedAt: new Date(Number(entry.split('-')[0])),
      }
    }),
  )
}

/** @throws {InvalidArgumentError} */
export async function discardLetters(connected: () => Promise<Queue>, letters: readonly string[]): Promise<void> {
  if (!Array.isArray(letters)) {
    throw new InvalidArgumentError('letters', 'an array of the letters of dead letters', letters)
  }
  for (const letter of letters) {
    checkLetter('each letter', letter)
  }
  if (letters.length > 0) {
    await (await connected()).discard(letters)
  }
}

function checkLetter(name: string, letter: unknown): void {
  if (typeof letter !== 'string' || !LETTER.test(letter)) {
    throw new InvalidArgumentError(name, 'the letter of a dead letter, as it came', letter)
  }
}
