import type { L2Envelope } from './envelope.ts'
import type { ReaderParts } from './reader-parts.ts'

/** What is known of a value somewhere. Times are in milliseconds, and from now on or until now. */
export interface InspectedValue<V> {
  readonly value: V
  /** How long it is current, if nothing invalidates it; below 0: for how long it has not been. */
  readonly freshMs: number
  /** How long it is kept. */
  readonly leftMs: number
  readonly tags: readonly string[]
  /** Undefined where values have none. */
  readonly version: number | bigint | undefined
  /** How long the load took. */
  readonly computeMs: number
  /**
   * Whether a read would take it, as far as this process knows: yes, or it is over (`expired`), was invalidated (`dead`),
   * or this process would first have to ask Redis for a proof or for markers (`unknown`).
   */
  readonly state: 'current' | 'stale' | 'expired' | 'dead' | 'unknown'
}

/** Where the value of one id is, and what is known of it. */
export interface Inspection<V> {
  readonly id: string
  /** In the memory of this process. */
  readonly l1:
    | (InspectedValue<V> & { /** How old its last proof of freshness is. */ readonly proofAgeMs: number })
    | undefined
  /** In Redis; undefined also where that cannot be asked: see `l2Asked`. */
  readonly l2: InspectedValue<V> | undefined
  readonly l2Asked: boolean
  /** Whether some process has the lease to load it. */
  readonly leased: boolean
  /** Whether this process is reading or loading it. */
  readonly underWay: boolean
}

/** Changes nothing: neither what is held, nor the order of use, nor any counter. */
export async function inspect<V>(id: string, parts: ReaderParts<V>): Promise<Inspection<V>> {
  const { options, node, l2 } = parts
  await node.bus.learnLayouts()
  const redis = options.l2 ? node.bus.session?.redisFor(l2.keyOf(id)) : undefined
  const looked = redis && (await l2.look(redis, id).catch(() => undefined))
  return {
    id,
    l1: inL1(id, parts),
    l2: looked?.envelope && inL2(looked.envelope, looked.leftMs, { id, parts, key: l2.keyOf(id), tag: redis?.tag }),
    l2Asked: looked !== undefined,
    leased: looked?.leased ?? false,
    underWay: parts.flights.has(id),
  }
}

function inL1<V>(id: string, { l1, node }: ReaderParts<V>): Inspection<V>['l1'] {
  const now = node.clock()
  const found = l1.inspect(id, now)
  if (!found) {
    return undefined
  }
  const { entry, refused } = found
  const { value, tags, version, computeMs, staleAt, expiresAt, freshAt } = entry
  return {
    value,
    tags,
    version,
    computeMs,
    freshMs: staleAt - now,
    leftMs: expiresAt - now,
    state: refused ? STATES[refused] : now < staleAt ? 'current' : 'stale',
    proofAgeMs: now - (node.strict ? node.provenAt : Math.max(freshAt, node.provenAt)),
  }
}

const STATES = { expired: 'expired', untrusted: 'unknown', 'tag-dead': 'dead', outdated: 'dead' } as const

interface Place<V> {
  readonly id: string
  readonly parts: ReaderParts<V>
  readonly key: string
  readonly tag: string | undefined
}

function inL2<V>(envelope: L2Envelope, leftMs: number, { id, parts, key, tag }: Place<V>): InspectedValue<V> {
  const { marker, node, l1, options } = parts
  const { value, tags, version, computeMs, graceMs, asOf, era } = envelope
  const freshMs = leftMs - graceMs
  const verdicts = [marker.verdict(asOf), node.markers.verdict(tag === undefined ? tags : [...tags, tag], asOf)]
  const served = freshMs > 0 ? 'current' : 'stale'
  const known = verdicts.includes('unknown') ? 'unknown' : served
  const current = !options.version || !l1.isOutdated(id, { version, asOf })
  const alive = current && era === node.bus.era && node.bus.covers(key, asOf) && !verdicts.includes('dead')
  const state = alive ? known : 'dead'
  return { value: value as V, tags, version, computeMs, freshMs, leftMs, state }
}
