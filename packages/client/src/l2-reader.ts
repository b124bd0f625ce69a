import type { RedisCommands, Session } from '@rescind/bus'
import type { Version } from '@rescind/core'
import type { L2Envelope } from './envelope.ts'
import type { Flight, Outcome } from './flight.ts'
import type { Lease } from './l2-store.ts'
import { jitterOf, l1Life } from './lifetime.ts'
import type { Seat } from './load-batch.ts'
import type { ReaderParts } from './reader-parts.ts'
import type { Aged, Due } from './refresh-rule.ts'

/** A lease, and the connection on which it was granted. */
export interface Grant {
  readonly lease: Lease
  readonly redis: RedisCommands
}

/** A value of L2 that may be returned, or the lease to load it; undefined: load for this process alone. */
export type L2Found<V> =
  | { readonly type: 'hit'; readonly outcome: Outcome<V> }
  | ({ readonly type: 'miss' } & Grant)
  | undefined

/** How a flight looks at L2. */
export interface Terms {
  /** How old the last proof of freshness may be. */
  readonly boundMs: number
  /** What to do with a value that nothing has invalidated; `fallback` keeps it in L1 while it is loaded anew. */
  due(aged: Aged, now: number): Due
  /** Left as soon as another process is waited for. */
  readonly seat: Pick<Seat<unknown>, 'leave'> | undefined
}

/** How long to wait for a proof of freshness before doing without L2. */
const PROOF_WAIT_MS = 250
/** A waiter that nobody wakes looks again after a time that doubles between these. */
const FIRST_LOOK_MS = 16
const LONGEST_LOOK_MS = 250

/** The L2 half of a flight: reads a value and judges it, or gets the right to load it. */
export class L2Reader<V> {
  readonly #parts: ReaderParts<V>

  constructor(parts: ReaderParts<V>) {
    this.#parts = parts
  }

  /** Never rejects: without L2 there is the loader. */
  async read(id: string, flight: Flight<V>, terms: Terms): Promise<L2Found<V>> {
    const { node, options, stats, l2 } = this.#parts
    const { session } = node.bus
    if (!options.l2 || !session || !node.bus.position) {
      return undefined
    }
    const lease = l2.newLease(id)
    const redis = session.redisFor(lease.key)
    if (!redis) {
      return undefined
    }
    const learning = node.bus.learnLayouts()
    if (learning) {
      await learning
    }
    if (!node.bus.covers(lease.key, Number.POSITIVE_INFINITY)) {
      return undefined
    }
    // The tags of a value in L2 are judged with what this node knows: it must know enough.
    const since = node.clock() - terms.boundMs
    if (node.provenAt < since && !(await node.isProven(since, PROOF_WAIT_MS))) {
      return undefined
    }
    try {
      return await this.#take(lease, redis, session, flight, terms)
    } catch {
      stats.l2Errors += 1
      // The lease may be granted unheard, and others would wait for it. Sent after the request on the same connection.
      node.errands.run(l2.release(redis, lease).catch(() => undefined))
      return undefined
    }
  }

  async #take(
    lease: Lease,
    redis: RedisCommands,
    session: Session,
    flight: Flight<V>,
    terms: Terms,
  ): Promise<L2Found<V>> {
    const { node, options, stats, latencies, l1, l2 } = this.#parts
    let giveUpAt: number | undefined
    let deadStamp = ''
    for (let looks = 0; ; ) {
      const startedAt = node.clock()
      const { footing, position } = node.bus
      if (!footing) {
        return undefined
      }
      const applied = position?.seq ?? 0
      const taken = await l2.take(redis, lease, footing, deadStamp)
      if ('floor' in taken && taken.floor !== undefined) {
        l1.raise(lease.id, taken.floor)
      }
      if (taken.type === 'lease') {
        stats.l2Misses += 1
        return { type: 'miss', lease, redis }
      }
      if (taken.type === 'elsewhere') {
        if (redis.doubt) {
          redis.doubt()
        } else {
          node.bus.doubt()
        }
        return undefined
      }
      if (taken.type === 'refused') {
        return undefined
      }
      const firstDead = taken.type === 'value' && deadStamp === ''
      if (taken.type === 'value') {
        const { envelope, leftMs, stamp } = taken
        const judged = envelope && judgedOn(redis, envelope)
        const unknown = judged && this.#unknownOf(judged)
        if (judged && unknown) {
          await this.#learn(judged, unknown, session)
        }
        // No await from the verdict until the value is in L1: a tag message in between would go unnoticed.
        if (envelope && judged && this.#isAlive(judged, lease.key) && !this.#isOutdated(lease.id, envelope)) {
          const now = node.clock()
          const expiresAt = startedAt + leftMs
          // As fresh as the read, but its tags only as far as this node has heard.
          const freshAt = Math.min(startedAt, node.provenAt)
          const aged = { freshAt, staleAt: expiresAt - envelope.graceMs, computeMs: envelope.computeMs }
          const due = terms.due(aged, now)
          if (due !== 'expired' && flight.cacheable) {
            this.#keep(lease.id, envelope, aged, now, expiresAt, applied)
          } else {
            this.#remember(lease.id, envelope)
          }
          if (due === 'fresh' || due === 'refresh') {
            stats.l2Hits += 1
            latencies.l2.record(now - startedAt)
            const { tags } = envelope
            const [value, version] = [envelope.value as V, this.#versionOf(envelope)]
            const refreshDue = due === 'refresh' ? aged : undefined
            const aliveAtTick = node.markers.tick
            return {
              type: 'hit',
              outcome: { value, freshAt, tags, version, outdated: false, aliveAtTick, refreshDue },
            }
          }
        } else if (envelope && envelope.era === node.bus.era) {
          this.#remember(lease.id, envelope)
        }
        deadStamp = stamp
      }
      giveUpAt ??= startedAt + options.leaseWaitMs
      if (node.clock() >= giveUpAt && !firstDead) {
        return undefined
      }
      if (taken.type === 'busy') {
        stats.leaseWaits += looks === 0 ? 1 : 0
        terms.seat?.leave()
        const longest = Math.min(LONGEST_LOOK_MS, FIRST_LOOK_MS * 2 ** looks)
        looks += 1
        await node.wakes.wait(lease.key, longest * (0.5 + Math.random() / 2))
      }
    }
  }

  /** The tags on which a verdict needs the markers that Redis has; undefined if this node knows enough. */
  #unknownOf({ era, tags, asOf }: L2Envelope): readonly string[] | undefined {
    const { marker, node } = this.#parts
    const unknown = node.markers.unknownAmong(tags, asOf)
    const enough = unknown.length === 0 && marker.verdict(asOf) !== 'unknown'
    return enough || era !== node.bus.era ? undefined : unknown
  }

  /** Asks Redis for markers. Without an answer they stay unknown. */
  async #learn({ era }: L2Envelope, unknown: readonly string[], session: Session): Promise<void> {
    const { name, marker, node } = this.#parts
    const { markers, bus } = node
    const report = bus.footing && (await session.markers({ footing: bus.footing, region: name, tags: unknown }))
    // Numbers of an epoch that this node has left say nothing.
    if (report && era === bus.era) {
      marker.mark(report.region)
      marker.learned()
      for (const [index, tag] of unknown.entries()) {
        // Below the shared floor markers were let go: the tag may have been invalidated at any time before it.
        markers.learn(tag, Math.max(report.floor, report.tags[index] ?? 0))
      }
    }
  }

  #isAlive({ era, asOf, tags }: L2Envelope, key: string): boolean {
    const { marker, node } = this.#parts
    const alive = marker.verdict(asOf) === 'alive' && node.markers.verdict(tags, asOf) === 'alive'
    return alive && era === node.bus.era && node.bus.covers(key, asOf)
  }

  #versionOf({ version }: L2Envelope): Version | undefined {
    return this.#parts.options.version && version
  }

  /** What has no version, though there is a value, was stored by a release for which values had none. */
  #isOutdated(id: string, { value, version, asOf }: L2Envelope): boolean {
    const { options, l1 } = this.#parts
    const unversioned = version === undefined && value !== undefined && value !== null
    return options.version !== undefined && (unversioned || l1.isOutdated(id, { version, asOf }))
  }

  /** Of what L1 does not hold: nothing older is to be returned from now on, nor to take its place. */
  #remember(id: string, envelope: L2Envelope): void {
    const version = this.#versionOf(envelope)
    if (version !== undefined) {
      this.#parts.l1.raise(id, version)
    }
  }

  #keep(
    id: string,
    envelope: L2Envelope,
    { freshAt, staleAt, computeMs }: Aged,
    now: number,
    expiresAt: number,
    applied: number,
  ): void {
    const { node, l1, options } = this.#parts
    const { value, tags, asOf, graceMs } = envelope
    const version = this.#versionOf(envelope)
    const l1StaleAt = now + l1Life(staleAt - now, options, jitterOf(options, Math.random()))
    const held = l1.set(id, {
      value: value as V,
      // The envelope may have missed messages that this node has applied, and the other way round.
      asOf: Math.min(asOf, applied),
      freshAt,
      staleAt: l1StaleAt,
      expiresAt: Math.min(expiresAt, l1StaleAt + graceMs),
      tags,
      version,
      computeMs,
      verifiedTick: node.markers.tick,
    })
    if (!held) {
      this.#remember(id, envelope)
    }
  }
}

/** The envelope with the tag that its server gives to all values there: for the verdict, and not for L1. */
function judgedOn({ tag }: RedisCommands, envelope: L2Envelope): L2Envelope {
  return tag === undefined ? envelope : { ...envelope, tags: [...envelope.tags, tag] }
}
