import { AckedWrites, firstIndex } from './acked-writes.ts'
import { groupBy } from './by-key.ts'
import { InvalidHistoryError } from './errors.ts'
import type { WriteRecord } from './history.ts'

export interface Version {
  readonly number: number
  /** When it was committed at the latest. */
  readonly committedBy: number
  /** When it can have been committed at the earliest: not before the one below it. */
  readonly possibleFrom: number
  /** What was said of it: by its writer, and by whoever told the others once more. */
  readonly records: readonly WriteRecord[]
}

/** What was committed of one key, and who was told when. */
export class KeyHistory {
  readonly acked: AckedWrites
  /** Those that were told by a tag or by a region. */
  readonly ackedTogether: AckedWrites
  readonly confirmed: AckedWrites
  readonly #ackedBy = new Map<string, AckedWrites>()
  /** Each version that was written, in order. */
  readonly #versions: readonly Version[]
  readonly #deletions: readonly Version[]
  readonly #initialVersion: number

  /** @throws {InvalidHistoryError} */
  constructor(writes: readonly WriteRecord[], initialVersion: number) {
    this.acked = new AckedWrites(writes)
    this.ackedTogether = new AckedWrites(writes.filter(({ how }) => how === 'tag' || how === 'clear'))
    this.confirmed = new AckedWrites(writes.filter(({ confirmed }) => confirmed))
    for (const [process, own] of groupBy(writes, (write) => write.process)) {
      this.#ackedBy.set(process, new AckedWrites(own))
    }
    this.#versions = versionsOf(writes)
    this.#deletions = this.#versions.filter(({ records }) => records.some(({ deleted }) => deleted))
    this.#initialVersion = initialVersion
  }

  ackedBy(process: string): AckedWrites | undefined {
    return this.#ackedBy.get(process)
  }

  /** The version of this number, if it was written. */
  version(number: number): Version | undefined {
    const versions = this.#versions
    const found = versions[firstIndex(versions.length, (at) => (versions[at]?.number ?? 0) >= number)]
    return found?.number === number ? found : undefined
  }

  /** The versions above this one that were written. */
  above(number: number): readonly Version[] {
    const versions = this.#versions
    return versions.slice(firstIndex(versions.length, (at) => (versions[at]?.number ?? 0) > number))
  }

  /** Whether somebody can have read this version by then. */
  existsBy(time: number, number: number): boolean {
    return number <= this.#initialVersion || (this.version(number)?.possibleFrom ?? Number.POSITIVE_INFINITY) <= time
  }

  /** The version that an answer stands for: where there was no value, the newest deletion that it can have seen. */
  versionSeen(number: number | undefined, returnedAt: number): number {
    return number ?? newestBy(this.#deletions, returnedAt)?.number ?? 0
  }
}

/** The newest version that can have been committed by then. */
function newestBy(versions: readonly Version[], time: number): Version | undefined {
  return versions[firstIndex(versions.length, (at) => (versions[at]?.possibleFrom ?? 0) > time) - 1]
}

/** @throws {InvalidHistoryError} */
function versionsOf(writes: readonly WriteRecord[]): Version[] {
  const byNumber = [...groupBy(writes, ({ version }) => version)].sort(([a], [b]) => a - b)
  let possibleFrom = Number.NEGATIVE_INFINITY
  return byNumber.map(([number, records]) => {
    const committedBy = earliest(records, ({ committedAt }) => committedAt)
    if (committedBy < possibleFrom) {
      throw new InvalidHistoryError('A version was committed before the one below it', records[0])
    }
    possibleFrom = Math.max(
      possibleFrom,
      earliest(records, ({ invokedAt, committedAt }) => invokedAt ?? committedAt),
    )
    return { number, committedBy, possibleFrom, records }
  })
}

function earliest(records: readonly WriteRecord[], time: (record: WriteRecord) => number): number {
  return records.reduce((least, record) => Math.min(least, time(record)), Number.POSITIVE_INFINITY)
}
