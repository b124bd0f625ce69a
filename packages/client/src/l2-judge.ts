import type { Session } from '@rescind/bus'
import type { Version } from '@rescind/core'
import type { L2Envelope } from './envelope.ts'
import type { Flight, Outcome } from './flight.ts'
import { jitterOf, l1Life } from './lifetime.ts'
import type { ReaderParts } from './reader-parts.ts'
import type { Aged, Due } from './refresh-rule.ts'

/** A value of L2, and what the flight that found it knew when it asked. */
export interface Find<V> {
  readonly id: string
  /** Where the value stands. */
  readonly key: string
  readonly envelope: L2Envelope
  /** Its tags, and the one that its server gives to all values there, if it does: for the verdict, and not for L1. */
  readonly judgedTags: readonly string[]
  readonly leftMs: number
  readonly startedAt: number
  /** Position that was applied, within the epoch. */
  readonly applied: number
  readonly flight: Flight<V>
  /** What to do with a value that nothing has invalidated; `fallback` keeps it in L1 while it is loaded anew. */
  due(aged: Aged, now: number): Due
}

/** Says whether a value of L2 may be served, and puts it into L1. */
export class L2Judge<V> {
  readonly #parts: ReaderParts<V>

  constructor(parts: ReaderParts<V>) {
    this.#parts = parts
  }

  /** The tags on which a verdict needs the markers that Redis has; undefined if this node knows enough. */
  unknownOf({ envelope: { era, asOf }, judgedTags }: Find<V>): readonly string[] | undefined {
    const { marker, node } = this.#parts
    const unknown = node.markers.unknownAmong(judgedTags, asOf)
    const enough = unknown.length === 0 && marker.verdict(asOf) !== 'unknown'
    return enough || era !== node.bus.era ? undefined : unknown
  }

  /** Asks Redis for markers. Without an answer they stay unknown. */
  async learn({ envelope: { era } }: Find<V>, unknown: readonly string[], session: Session): Promise<void> {
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

  /**
   * The outcome of the flight, if the value is to be served. From the verdict until the value is in L1 nothing is waited for: a tag
   * message in between would go unnoticed.
   */
  judge(find: Find<V>): Outcome<V> | undefined {
    const { node, stats, latencies } = this.#parts
    const { id, envelope, startedAt, leftMs, flight } = find
    if (!this.#isAlive(find) || this.#isOutdated(id, envelope)) {
      if (envelope.era === node.bus.era) {
        this.#remember(id, envelope)
      }
      return undefined
    }
    const now = node.clock()
    const expiresAt = startedAt + leftMs
    // As fresh as the read, but its tags only as far as this node has heard.
    const freshAt = Math.min(startedAt, node.provenAt)
    const aged = { freshAt, staleAt: expiresAt - envelope.graceMs, computeMs: envelope.computeMs }
    const due = find.due(aged, now)
    if (due !== 'expired' && flight.cacheable) {
      this.#keep(find, aged, now, expiresAt)
    } else {
      this.#remember(id, envelope)
    }
    if (due !== 'fresh' && due !== 'refresh') {
      return undefined
    }
    stats.l2Hits += 1
    latencies.l2.record(now - startedAt)
    const { tags } = envelope
    const [value, version] = [envelope.value as V, this.#versionOf(envelope)]
    const refreshDue = due === 'refresh' ? aged : undefined
    return { value, freshAt, tags, version, outdated: false, aliveAtTick: node.markers.tick, refreshDue }
  }

  #isAlive({ key, envelope: { era, asOf }, judgedTags }: Find<V>): boolean {
    const { marker, node } = this.#parts
    const alive = marker.verdict(asOf) === 'alive' && node.markers.verdict(judgedTags, asOf) === 'alive'
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
    { id, envelope, applied }: Find<V>,
    { freshAt, staleAt, computeMs }: Aged,
    now: number,
    expiresAt: number,
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
