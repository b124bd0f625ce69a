import { ITEMS } from './catalogue.ts'

/** A version of each item, by the item's index. */
export type Versions = readonly number[]

interface Mark {
  readonly at: number
  readonly version: number
}

/** When which version of each item was known to be announced: a version that is looked up counts from its time on. */
export class Milestones {
  readonly #marks: Mark[][] = ITEMS.map(() => [])

  /** The versions above 0 are reached at this time. */
  reach(versions: Versions, at: number): void {
    for (const [index, marks] of this.#marks.entries()) {
      const version = versions[index] ?? 0
      if (version > (marks.at(-1)?.version ?? 0)) {
        marks.push({ at, version })
      }
    }
  }

  /** The highest version of the item that was reached up to this time; 0 if none was. */
  upTo(index: number, time: number): number {
    const marks = this.#marks[index] ?? []
    for (let n = marks.length - 1; n >= 0; n -= 1) {
      const mark = marks[n]
      if (mark && mark.at <= time) {
        return mark.version
      }
    }
    return 0
  }
}

/** The source of truth: what is committed, and what the writers were told of it. */
export class Source {
  readonly #committed: number[] = ITEMS.map(() => 1)
  /** Invalidations that resolved. */
  readonly acknowledged: Milestones = new Milestones()
  /** Invalidations that resolved in one process. */
  readonly #own = new Map<string, Milestones>()
  /** Invalidations that resolved with `confirm`. */
  readonly confirmed: Milestones = new Milestones()

  get committed(): Versions {
    return this.#committed
  }

  read(index: number): number {
    return this.#committed[index] ?? 0
  }

  commit(index: number): void {
    this.#committed[index] = this.read(index) + 1
  }

  ownOf(process: string): Milestones {
    const known = this.#own.get(process)
    if (known) {
      return known
    }
    const own = new Milestones()
    this.#own.set(process, own)
    return own
  }
}
