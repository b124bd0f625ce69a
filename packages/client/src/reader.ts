import type { RedisCommands } from '@rescind/bus'
import { checkKey } from '@rescind/options'
import { Flight, type Outcome } from './flight.ts'
import { type Grant, L2Reader } from './l2-reader.ts'
import type { Lease } from './l2-store.ts'
import { callLoader } from './loader.ts'
import type { ReaderParts } from './reader-parts.ts'

/** After this many results that came too late for a reader, it takes off alone. */
const SHARED_TRIES = 2

/** Reads that L1 cannot answer: one flight per key, through L2 and the loader. */
export class Reader<V> {
  readonly #parts: ReaderParts<V>
  readonly #l2Reader: L2Reader<V>

  constructor(parts: ReaderParts<V>) {
    this.#parts = parts
    this.#l2Reader = new L2Reader(parts)
  }

  async read(id: string): Promise<V> {
    const { node } = this.#parts
    checkKey('id', id)
    const beganAt = node.clock()
    if (!node.contacted) {
      await node.contact()
    }
    for (let tries = 1; ; tries += 1) {
      const joinedTick = node.markers.tick
      const { value, freshAt, tags, aliveAtTick } = await this.#join(id, tries <= SHARED_TRIES)
      // A tag message that came before this reader did: the value is for those who came before the message. Asked only
      // now, since both may have come after the flight had landed and before its promise was heard.
      const deadSinceTick = node.history.earliestAfter(aliveAtTick, tags)
      const inTime = deadSinceTick === undefined || joinedTick < deadSinceTick
      if (inTime && freshAt >= beganAt - node.maxStalenessMs) {
        return value
      }
    }
  }

  #join(id: string, shared: boolean): Promise<Outcome<V>> {
    const { node, flights, stats } = this.#parts
    const now = node.clock()
    const underWay = shared ? flights.find(id, now)?.outcome : undefined
    if (underWay !== undefined) {
      stats.coalesced += 1
      return underWay
    }
    const flight = new Flight<V>(now, node.bus.position?.seq ?? 0)
    return flights.launch(id, flight, () => this.#fly(id, flight))
  }

  async #fly(id: string, flight: Flight<V>): Promise<Outcome<V>> {
    const found = await this.#l2Reader.read(id, flight)
    return found?.type === 'hit' ? found.outcome : this.#load(id, flight, found)
  }

  async #load(id: string, flight: Flight<V>, grant: Grant | undefined): Promise<Outcome<V>> {
    const { node, options, stats, l1 } = this.#parts
    const startedAt = node.clock()
    // Of the load, not of the flight, which may have waited for L2 and heard what the load will know.
    const { position, era } = node.bus
    const startTick = node.markers.tick
    const settled = grant && node.hold(() => this.#parts.l2.release(grant.redis, grant.lease))
    try {
      stats.loads += 1
      const { value, tags, found } = await callLoader(this.#parts.name, id, options)
      stats.notFound += found ? 0 : 1
      const alive = node.history.earliestAfter(startTick, tags) === undefined
      // A flight that something invalidated hands its value to those who waited, never to a cache.
      if (flight.cacheable && alive) {
        const ttlMs = found ? options.ttlMs : options.notFoundTtlMs
        const expiresAt = node.clock() + ttlMs
        const asOf = position?.seq ?? 0
        const computeMs = node.clock() - startedAt
        l1.set(id, { value, asOf, freshAt: startedAt, expiresAt, tags, verifiedTick: node.markers.tick })
        this.#settle(grant, async (redis, lease) => {
          const head = { era, asOf, tags, computeMs, graceMs: 0, version: undefined }
          await this.#parts.l2.fill(redis, lease, { ...head, value }, ttlMs)
        })
      } else {
        stats.doomed += 1
        this.#settle(grant, (redis, held) => this.#parts.l2.release(redis, held))
      }
      return { value, freshAt: startedAt, tags, aliveAtTick: startTick }
    } catch (error) {
      stats.loadErrors += 1
      this.#settle(grant, (redis, held) => this.#parts.l2.release(redis, held))
      throw error
    } finally {
      settled?.()
    }
  }

  /** What is owed to L2 for a lease, after the reader was served. */
  #settle(grant: Grant | undefined, work: (redis: RedisCommands, lease: Lease) => Promise<void>): void {
    const { node } = this.#parts
    if (grant) {
      // A Redis that is slow at the moment gets it too: without it others would wait until the lease runs out.
      node.inBackground(work(node.bus.session?.redis ?? grant.redis, grant.lease))
    }
  }
}
