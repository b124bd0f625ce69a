import type { LogEntry, Tail } from './log-entry.ts'
import type { Session } from './transport.ts'

const LONGEST = 512
/** The entry that is known already, and one more: fewer would never get on. */
const SHORTEST = 2

export interface Page {
  readonly entries: readonly LogEntry[]
  /** There may be more after it. */
  readonly full: boolean
}

/** Reads the log page by page: shorter ones after one that failed, since messages may be large and the time is bounded. */
export class PageReader {
  #length = LONGEST

  async read(session: Session, from: Tail): Promise<Page> {
    const length = this.#length
    try {
      const entries = await session.page(from.position, length)
      this.#length = Math.min(LONGEST, length * 2)
      return { entries, full: entries.length >= length }
    } catch (error) {
      this.#length = Math.max(SHORTEST, Math.floor(length / 4))
      throw error
    }
  }
}
