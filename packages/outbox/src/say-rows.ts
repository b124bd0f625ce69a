import { PublishFailedError, type Transaction } from '@rescind/bus'
import { InvalidArgumentError } from '@rescind/options'
import type { OutboxRow, Settlement } from './outbox-source.ts'
import type { RelayPublisher } from './relay-options.ts'

const FIRST_POSTPONED_MS = 1_000
const LONGEST_POSTPONED_MS = 60_000

/**
 * Broadcasts rows, in as few messages as can be. One that says nothing that can be said is put aside for good; one that
 * Redis refuses for itself, for a while. Rejects if none can be broadcast now.
 */
export async function sayRows(rows: readonly OutboxRow[], publisher: RelayPublisher): Promise<Settlement> {
  const wrong = new Map<OutboxRow, string>()
  try {
    await publisher.transaction((tx) => {
      for (const row of rows) {
        const error = noteRow(tx, row)
        if (error) {
          wrong.set(row, error.message)
        }
      }
    })
  } catch (error) {
    const sound = rows.filter((row) => !wrong.has(row))
    if (!(error instanceof PublishFailedError)) {
      throw error
    }
    return join(await sayEach(sound, publisher), putAside(wrong))
  }
  return join({ said: rows.filter((row) => !wrong.has(row)).map(({ id }) => id), postponed: [] }, putAside(wrong))
}

/** Of rows that were refused together, says those that are not refused alone. */
async function sayEach(rows: readonly OutboxRow[], publisher: RelayPublisher): Promise<Settlement> {
  const said: string[] = []
  const postponed: Settlement['postponed'][number][] = []
  for (const row of rows) {
    try {
      await publisher.transaction((tx) => {
        noteRow(tx, row)
      })
      said.push(row.id)
    } catch (error) {
      if (!(error instanceof PublishFailedError)) {
        throw error
      }
      const forMs = Math.min(LONGEST_POSTPONED_MS, FIRST_POSTPONED_MS * 2 ** Math.min(row.attempts, 10))
      postponed.push({ id: row.id, forMs, error: error.message })
    }
  }
  return { said, postponed }
}

function putAside(wrong: ReadonlyMap<OutboxRow, string>): Settlement {
  return { said: [], postponed: [...wrong].map(([{ id }, error]) => ({ id, forMs: undefined, error })) }
}

function join(a: Settlement, b: Settlement): Settlement {
  return { said: [...a.said, ...b.said], postponed: [...a.postponed, ...b.postponed] }
}

/** What is wrong with the row, if anything: then nothing of it is noted. */
function noteRow(tx: Transaction, row: OutboxRow): InvalidArgumentError | undefined {
  try {
    note(tx, row)
    return undefined
  } catch (error) {
    if (error instanceof InvalidArgumentError) {
      return error
    }
    throw error
  }
}

/** @throws {InvalidArgumentError} The transaction checks names; what they are in is checked here. */
function note(tx: Transaction, { kind, region, names, versions }: OutboxRow): void {
  switch (kind) {
    case 'invalidate':
      tx.invalidate({ region: textOf('region', region), keys: textsOf('names', names) })
      break
    case 'bump': {
      const keys = textsOf('names', names)
      const numbers = textsOf('versions', versions)
      if (numbers.length !== keys.length) {
        throw new InvalidArgumentError('versions', `an array of ${keys.length}, as names is`, numbers)
      }
      const pairs = keys.map((key, n) => [key, versionOf(numbers[n])] as const)
      tx.bump({ region: textOf('region', region), versions: new Map(pairs) })
      break
    }
    case 'invalidate-tags':
      tx.invalidateTags(textsOf('names', names))
      break
    case 'clear':
      tx.clear(textsOf('names', names))
      break
    case 'clear-all':
      tx.clearAll()
      break
    default:
      throw new InvalidArgumentError('kind', 'a kind of message that this release knows', kind)
  }
}

function textOf(name: string, value: unknown): string {
  if (typeof value !== 'string') {
    throw new InvalidArgumentError(name, 'a string', value)
  }
  return value
}

function textsOf(name: string, value: unknown): string[] {
  if (!Array.isArray(value)) {
    throw new InvalidArgumentError(name, 'an array of strings', value)
  }
  return value.map((each) => textOf(`each of ${name}`, each))
}

function versionOf(text: string | undefined): bigint {
  if (text === undefined || !/^\d{1,19}$/.test(text)) {
    throw new InvalidArgumentError('each of versions', 'the digits of a whole number', text)
  }
  return BigInt(text)
}
