import { newId } from './ids.ts'
import type { LiveEntry } from './log-entry.ts'
import { MemoryLog } from './memory-log.ts'
import type { Session, SessionListener, Transport } from './transport.ts'

/**
 * A log in the memory of one process: for one process without Redis, and for tests. Whoever is to share a log shares
 * the hub. What reaches one member reaches all, in order, before `append` returns.
 */
export class MemoryHub implements Transport {
  readonly #log = new MemoryLog(newId(), { length: 10_000, maxTags: 100_000 })
  readonly #listeners = new Set<SessionListener>()

  constructor() {
    // Opens the first epoch while nobody listens.
    this.#log.members(0)
  }

  async open(listener: SessionListener, _signal?: AbortSignal): Promise<Session> {
    const log = this.#log
    this.#listeners.add(listener)
    return {
      append: async (message, knownEpoch, retry) => {
        const { entry, published } = log.append(message, knownEpoch, retry)
        this.#publish(published)
        return entry
      },
      beat: async (beat) => {
        const { reply, published } = log.beat(beat)
        this.#publish(published)
        return reply
      },
      members: async (knownEpoch) => {
        const { reply, published } = log.members(knownEpoch)
        this.#publish(published)
        return reply
      },
      leave: async (nodeId) => log.leave(nodeId),
      page: async (from, count) => log.page(from, count),
      markers: async (query) => log.markers(query),
      wake: async (key) => {
        for (const each of this.#listeners) {
          each.onWake?.(key)
        }
      },
      responsive: true,
      redisFor: () => undefined,
      layouts: async () => undefined,
      close: async () => {
        if (this.#listeners.delete(listener)) {
          listener.onClose(undefined)
        }
      },
    }
  }

  #publish(entries: readonly LiveEntry[]): void {
    for (const entry of entries) {
      for (const listener of this.#listeners) {
        listener.onEntry?.(entry)
      }
    }
  }
}
