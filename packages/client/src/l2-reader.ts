import { setTimeout as pause } from 'node:timers/promises'
import type { RedisCommands, Session } from '@rescind/bus'
import type { L2Envelope } from './envelope.ts'
import type { Flight, Outcome } from './flight.ts'
import type { Lease, Taken } from './l2-store.ts'
import type { ReaderParts } from './reader.ts'

/** A value of L2 that may be returned, or the lease to load it; undefined: load for this process alone. */
export type L2Found<V> =
  | { readonly type: 'hit'; readonly outcome: Outcome<V> }
  | { readonly type: 'miss'; readonly lease: Lease }
  | undefined

/** How long to wait for a proof of freshness before doing without L2. */
const PROOF_WAIT_MS = 250
/** A waiter looks again after a time that doubles between these. */
const FIRST_LOOK_MS = 4
const LONGEST_LOOK_MS = 64

/** The L2 half of a flight: reads a value and judges it, or gets the right to load it. */
export class L2Reader<V> {
  readonly #parts: ReaderParts<V>

  constructor(parts: ReaderParts<V>) {
    this.#parts = parts
  }

  /** Never rejects: without L2 there is the loader. */
  async read(id: string, flight: Flight<V>): Promise<L2Found<V>> {
    const { node, options, stats } = this.#parts
    const { session } = node.bus
    if (!options.l2 || !session?.redis || !flight.position) {
      return undefined
    }
    // The tags of a value in L2 are judged with what this node knows: it must know enough.
    if (!(await node.isProven(node.clock(), PROOF_WAIT_MS))) {
      return undefined
    }
    try {
      return await this.#take(id, flight, session, session.redis)
    } catch {
      stats.l2Errors += 1
      return undefined
    }
  }

  async #take(id: string, flight: Flight<V>, session: Session, redis: RedisCommands): Promise<L2Found<V>> {
    const { node, options, stats, l2 } = this.#parts
    const giveUpAt = node.clock() + options.leaseWaitMs
    let deadStamp = ''
    for (let looks = 0; ; ) {
      const startedAt = node.clock()
      const applied = node.bus.position?.seq ?? 0
      const taken = await l2.take(redis, id, deadStamp)
      if (taken.type === 'lease') {
        return { type: 'miss', lease: taken.lease }
      }
      if (taken.type === 'refused') {
        return undefined
      }
      if (taken.type === 'value') {
        if (await this.#isAlive(taken.envelope, session)) {
          return { type: 'hit', outcome: this.#land(id, flight, taken, startedAt, applied) }
        }
        deadStamp = taken.stamp
      }
      if (node.clock() >= giveUpAt) {
        return undefined
      }
      if (taken.type === 'busy') {
        stats.leaseWaits += looks === 0 ? 1 : 0
        const longest = Math.min(LONGEST_LOOK_MS, FIRST_LOOK_MS * 2 ** looks)
        looks += 1
        await pause(longest * (0.5 + Math.random() / 2))
      }
    }
  }

  async #isAlive(envelope: L2Envelope | undefined, session: Session): Promise<boolean> {
    const { markers, bus } = this.#parts.node
    if (!envelope || envelope.epoch !== bus.position?.epoch) {
      return false
    }
    const { epoch, asOf, tags } = envelope
    const unknown = markers.unknownAmong(tags, asOf)
    if (unknown.length > 0) {
      const report = await session.tagReport(epoch, unknown)
      if (!report || asOf < report.floor || epoch !== bus.position?.epoch) {
        return false
      }
      for (const [index, tag] of unknown.entries()) {
        markers.learn(tag, report.markers[index] ?? 0)
      }
    }
    return markers.verdict(tags, asOf) === 'alive'
  }

  #land(
    id: string,
    flight: Flight<V>,
    { envelope, leftMs }: Extract<Taken, { type: 'value' }>,
    startedAt: number,
    applied: number,
  ): Outcome<V> {
    const { node, l1, stats, options } = this.#parts
    stats.l2Hits += 1
    const value = envelope?.value as V
    // As fresh as the read, but its tags only as far as this node has heard.
    const freshAt = Math.min(startedAt, node.provenAt)
    if (flight.cacheable && envelope) {
      l1.set(id, {
        value,
        // The envelope may have missed messages that this node has applied, and the other way round.
        asOf: Math.min(envelope.asOf, applied),
        freshAt,
        expiresAt: node.clock() + Math.min(leftMs, options.ttlMs),
        tags: envelope.tags,
        verifiedTick: node.markers.tick,
      })
    }
    return { value, freshAt, deadSinceTick: undefined }
  }
}
