import type { Item } from './catalogue.ts'
import type { Outcome, SimFlight } from './flights.ts'
import { type Coroutine, ExpectedError, wait } from './future.ts'
import type { StoredValue } from './l2-data.ts'
import { LEASE_WAIT_MS, PROOF_WAIT_MS, TTL_MS } from './limits.ts'
import type { Grant, ReaderNode, ReaderRegion } from './reader-parts.ts'
import type { Session } from './session.ts'

export type L2Found =
  | { readonly type: 'hit'; readonly outcome: Outcome }
  | ({ readonly type: 'miss' } & Grant)
  | undefined

const FIRST_LOOK_MS = 4
const LONGEST_LOOK_MS = 64

/** Follows `L2Reader`. */
export class SimL2Reader {
  readonly #node: ReaderNode
  readonly #region: ReaderRegion

  constructor(node: ReaderNode, region: ReaderRegion) {
    this.#node = node
    this.#region = region
  }

  *read(item: Item, flight: SimFlight): Coroutine<L2Found> {
    const node = this.#node
    const { session } = node.bus
    if (!session?.values.responsive || !node.bus.position) {
      return undefined
    }
    if (!(yield* node.isProven(node.clock(), PROOF_WAIT_MS))) {
      return undefined
    }
    const token = node.context.newId()
    try {
      return yield* this.#take(item, token, flight, session)
    } catch (error) {
      if (!(error instanceof ExpectedError)) {
        throw error
      }
      session.release(item.id, token)
      return undefined
    }
  }

  *#take(item: Item, token: string, flight: SimFlight, session: Session): Coroutine<L2Found> {
    const node = this.#node
    const { id } = item
    const giveUpAt = node.clock() + LEASE_WAIT_MS
    let deadStamp: string | undefined
    for (let looks = 0; ; ) {
      const startedAt = node.clock()
      const { footing, position } = node.bus
      if (!footing) {
        return undefined
      }
      const applied = position?.seq ?? 0
      const taken = yield* wait(session.take({ key: id, token, deadStamp: deadStamp ?? '', footing }))
      if (taken.type === 'lease') {
        return { type: 'miss', id, token, session }
      }
      if (taken.type === 'elsewhere') {
        node.bus.doubt()
        return undefined
      }
      if (taken.type === 'refused') {
        return undefined
      }
      const firstDead = taken.type === 'value' && deadStamp === undefined
      if (taken.type === 'value') {
        const judged = node.context.mutant === 'hit judged as of the reader'
        const value = judged ? { ...taken.value, asOf: applied } : taken.value
        yield* this.#learn(value, session)
        if (this.#isAlive(value)) {
          return { type: 'hit', outcome: this.#land(id, flight, value, startedAt, applied) }
        }
        deadStamp = taken.value.stamp
      }
      if (node.clock() >= giveUpAt && !firstDead) {
        return undefined
      }
      if (taken.type === 'busy') {
        const longest = Math.min(LONGEST_LOOK_MS, FIRST_LOOK_MS * 2 ** looks)
        looks += 1
        yield* wait(node.loop.pause(longest * 0.75))
      }
    }
  }

  *#learn(value: StoredValue, session: Session): Coroutine<void> {
    const { markers, bus } = this.#node
    const { marker, name } = this.#region
    if (value.era !== bus.era) {
      return
    }
    const { era, tags, asOf } = value
    const unknown = markers.unknownAmong(tags, asOf)
    if (unknown.length === 0 && this.#verdictOfRegion(asOf) !== 'unknown') {
      return
    }
    const { footing } = bus
    const report = footing && (yield* wait(session.markers({ footing, region: name, tags: unknown })))
    if (report && era === bus.era) {
      marker.mark(report.region)
      marker.learned()
      for (const [index, tag] of unknown.entries()) {
        markers.learn(tag, Math.max(report.floor, report.tags[index] ?? 0))
      }
    }
  }

  #isAlive({ era, asOf, tags }: StoredValue): boolean {
    const { markers, bus } = this.#node
    const alive = this.#verdictOfRegion(asOf) === 'alive' && markers.verdict(tags, asOf) === 'alive'
    return alive && era === bus.era
  }

  #verdictOfRegion(asOf: number): 'alive' | 'dead' | 'unknown' {
    const verdict = this.#region.marker.verdict(asOf)
    return verdict === 'unknown' && this.#node.context.mutant === 'region marker not asked' ? 'alive' : verdict
  }

  #land(id: string, flight: SimFlight, value: StoredValue, startedAt: number, applied: number): Outcome {
    const node = this.#node
    const { mutant } = node.context
    const { version, tags, asOf } = value
    const freshAt = mutant === 'hit of L2 trusted as of now' ? startedAt : Math.min(startedAt, node.bus.provenAt)
    const { tick } = node.markers
    if (flight.cacheable || mutant === 'no fence') {
      this.#region.l1.set(id, {
        value: version,
        asOf: mutant === 'asOf of a hit laundered' ? applied : Math.min(asOf, applied),
        freshAt,
        expiresAt: startedAt + TTL_MS,
        tags,
        verifiedTick: tick,
      })
    }
    return { version, freshAt, tags, aliveAtTick: tick }
  }
}
