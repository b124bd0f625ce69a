import type { LiveEntry, LogEntry, Tail } from './log-entry.ts'
import type { Message } from './message.ts'
import type { Position } from './position.ts'
import type { Session, SessionListener, TagReport, Transport } from './transport.ts'

/** Entries kept for members that were away. */
const LOG_LENGTH = 10_000
/** Tag markers kept. */
const MAX_TAGS = 100_000

/**
 * A log in the memory of one process: for one process without Redis, and for tests. Whoever is to share a log shares
 * the hub. What reaches one member reaches all, in order, before `append` returns.
 */
export class MemoryHub implements Transport {
  readonly #entries = new Map<number, LogEntry>()
  /** The latest last. */
  readonly #markers = new Map<string, number>()
  #floor = 0
  readonly #listeners = new Set<SessionListener>()
  #tail: Tail = { position: { epoch: 1, seq: 0 }, chain: '' }

  constructor() {
    this.#entries.set(0, { ...this.#tail, message: undefined })
  }

  async open(listener: SessionListener, _signal?: AbortSignal): Promise<Session> {
    this.#listeners.add(listener)
    return {
      append: async (message) => this.#append(message),
      beat: async () => this.#tail,
      page: async (from, count) => this.#page(from, count),
      tagReport: async (epoch, tags) => this.#report(epoch, tags),
      responsive: true,
      redis: undefined,
      close: async () => {
        if (this.#listeners.delete(listener)) {
          listener.onClose(undefined)
        }
      },
    }
  }

  #append(message: Message): LiveEntry {
    const previous = this.#tail
    const { epoch, seq } = previous.position
    const entry = { position: { epoch, seq: seq + 1 }, chain: message.id, previous: previous.chain, message }
    this.#tail = entry
    this.#entries.set(entry.position.seq, entry)
    this.#entries.delete(entry.position.seq - LOG_LENGTH)
    if (message.kind === 'invalidate-tags') {
      for (const tag of message.tags) {
        this.#mark(tag, entry.position.seq)
      }
    }
    for (const listener of this.#listeners) {
      listener.onEntry?.(entry)
    }
    return entry
  }

  #mark(tag: string, seq: number): void {
    this.#markers.delete(tag)
    this.#markers.set(tag, seq)
    if (this.#markers.size > MAX_TAGS) {
      for (const [oldest, marker] of this.#markers) {
        this.#markers.delete(oldest)
        this.#floor = marker
        break
      }
    }
  }

  #page(from: Position, count: number): LogEntry[] {
    const page: LogEntry[] = []
    for (let seq = from.seq; page.length < count; seq += 1) {
      const entry = this.#entries.get(seq)
      if (!entry) {
        break
      }
      page.push(entry)
    }
    return page
  }

  #report(epoch: number, tags: readonly string[]): TagReport | undefined {
    return epoch === this.#tail.position.epoch
      ? { floor: this.#floor, markers: tags.map((tag) => this.#markers.get(tag) ?? 0) }
      : undefined
  }
}
