import type { Item } from './catalogue.ts'
import { type Outcome, SimFlight } from './flights.ts'
import { type Coroutine, ExpectedError, type Future, wait } from './future.ts'
import { SimL2Reader } from './l2-reader.ts'
import { TTL_MS } from './limits.ts'
import type { Grant, ReaderNode, ReaderRegion } from './reader-parts.ts'

const SHARED_TRIES = 2

/** Follows `Reader`. */
export class SimReader {
  readonly #node: ReaderNode
  readonly #region: ReaderRegion
  readonly #l2Reader: SimL2Reader

  constructor(node: ReaderNode, region: ReaderRegion) {
    this.#node = node
    this.#region = region
    this.#l2Reader = new SimL2Reader(node, region)
  }

  *read(item: Item): Coroutine<number> {
    const node = this.#node
    const beganAt = node.clock()
    if (!node.contacted) {
      yield* wait(node.contact)
    }
    for (let tries = 1; ; tries += 1) {
      const joinedTick = node.markers.tick
      const { version, freshAt, tags, aliveAtTick } = yield* wait(this.#join(item, tries <= SHARED_TRIES))
      const deadSinceTick = this.#deadSince(aliveAtTick, tags)
      const inTime = deadSinceTick === undefined || joinedTick < deadSinceTick
      if (
        inTime &&
        (freshAt >= beganAt - node.maxStalenessMs || node.context.mutant === 'flight joined without limit')
      ) {
        return version
      }
    }
  }

  #deadSince(aliveAtTick: number, tags: readonly string[]): number | undefined {
    const { history, context } = this.#node
    let tick = history.earliestAfter(aliveAtTick, tags)
    while (tick !== undefined && context.mutant === 'latest marker in place of the earliest') {
      const later = history.earliestAfter(tick, tags)
      if (later === undefined) {
        break
      }
      tick = later
    }
    return tick
  }

  #join(item: Item, shared: boolean): Future<Outcome> {
    const node = this.#node
    const { flights } = this.#region
    const now = node.clock()
    const underWay = shared ? flights.find(item.id, now)?.outcome : undefined
    if (underWay !== undefined) {
      return underWay
    }
    const flight = new SimFlight(now, node.bus.position?.seq ?? 0)
    return flights.launch(item.id, flight, () => node.loop.spawn(this.#fly(item, flight)))
  }

  *#fly(item: Item, flight: SimFlight): Coroutine<Outcome> {
    const found = yield* this.#l2Reader.read(item, flight)
    return found?.type === 'hit' ? found.outcome : yield* this.#load(item, flight, found)
  }

  *#load(item: Item, flight: SimFlight, grant: Grant | undefined): Coroutine<Outcome> {
    const node = this.#node
    const startedAt = node.clock()
    const { position, era } = node.bus
    const startTick = node.markers.tick
    if (grant) {
      node.held.add(grant)
    }
    try {
      const version = yield* wait(node.load(item))
      const { tags } = item
      const alive = node.history.earliestAfter(startTick, tags) === undefined
      if ((flight.cacheable && alive) || node.context.mutant === 'no fence') {
        const expiresAt = node.clock() + TTL_MS
        const asOf = position?.seq ?? 0
        const { tick } = node.markers
        this.#region.l1.set(item.id, { value: version, asOf, freshAt: startedAt, expiresAt, tags, verifiedTick: tick })
        if (grant) {
          const values = node.bus.session ?? grant.session
          values.fill(item.id, { stamp: grant.token, era, asOf, tags, version })
        }
      } else {
        this.#release(item, grant)
      }
      return { version, freshAt: startedAt, tags, aliveAtTick: startTick }
    } catch (error) {
      if (error instanceof ExpectedError) {
        this.#release(item, grant)
      }
      throw error
    } finally {
      if (grant) {
        node.held.delete(grant)
      }
    }
  }

  #release(item: Item, grant: Grant | undefined): void {
    if (grant) {
      const values = this.#node.bus.session ?? grant.session
      values.release(item.id, grant.token)
    }
  }
}
