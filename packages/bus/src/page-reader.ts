import type { LogEntry, Tail } from './log-entry.ts'
import type { Session } from './transport.ts'
import { messageWeight } from './weight.ts'

const LONGEST = 512
/** The first page: messages may be as large as 256 KiB, and the server bounds what it holds for a subscriber. */
const FIRST = 64
/** The entry that is known already, and one more: fewer would never get on. */
const SHORTEST = 2
/** About what a page is to take up. */
const PAGE_BYTES = 512 * 1024

export interface Page {
  readonly entries: readonly LogEntry[]
  /** There may be more after it. */
  readonly full: boolean
}

/** Reads the log page by page: as long as their messages allow, and shorter after one that came too late. */
export class PageReader {
  #length = FIRST

  async read(session: Session, from: Tail): Promise<Page> {
    const length = this.#length
    try {
      const entries = await session.page(from.position, length)
      const bytes = entries.reduce((sum, { message }) => sum + (message ? messageWeight(message) : 0), 0)
      const fit = Math.floor((PAGE_BYTES / Math.max(bytes, 1)) * entries.length)
      this.#length = Math.max(SHORTEST, Math.min(LONGEST, length * 2, fit))
      return { entries, full: entries.length >= length }
    } catch (error) {
      this.#length = Math.max(SHORTEST, Math.floor(length / 4))
      throw error
    }
  }
}
