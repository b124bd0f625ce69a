import type { RedisCommands } from '@rescind/bus'
import { LoadTimeoutError } from './errors.ts'
import type { Flight, Outcome } from './flight.ts'
import type { Grant } from './l2-reader.ts'
import type { Lease } from './l2-store.ts'
import { type Lifetime, lifetimeOf } from './lifetime.ts'
import type { Loaded } from './loader.ts'
import type { ReaderParts } from './reader-parts.ts'

/** The loading half of a flight: asks the source, and caches what it says unless something invalidated it meanwhile. */
export class LoadFlight<V> {
  readonly #parts: ReaderParts<V>

  constructor(parts: ReaderParts<V>) {
    this.#parts = parts
  }

  /**
   * @param grant the lease of the key; without it the value is for this process alone.
   * @param load asks the source.
   */
  async land(
    id: string,
    flight: Flight<V>,
    grant: Grant | undefined,
    load: () => Promise<Loaded<V>>,
  ): Promise<Outcome<V>> {
    const { node, stats, latencies, backOffs, l2 } = this.#parts
    const startedAt = node.clock()
    // Of the load, not of the flight, which may have waited for L2 and heard what the load will know.
    const { position, era } = node.bus
    const asOf = position?.seq ?? 0
    const startTick = node.markers.tick
    const settled = grant && node.errands.hold(() => l2.release(grant.redis, grant.lease))
    try {
      stats.loads += 1
      const loaded = await load()
      const { value, tags, found, computeMs } = loaded
      latencies.load.record(computeMs)
      stats.notFound += found ? 0 : 1
      backOffs.succeeded(id)
      const alive = node.history.earliestAfter(startTick, tags) === undefined
      // A flight that something invalidated hands its value to those who waited, never to a cache.
      const intact = flight.cacheable && alive
      stats.doomed += intact ? 0 : 1
      if (intact && loaded.cacheable) {
        const life = lifetimeOf(loaded, this.#parts.options, Math.random())
        this.#keep(id, loaded, { asOf, freshAt: startedAt, life })
        const { l2Ms, graceMs } = life
        this.#settle(grant, async (redis, lease) => {
          await l2.fill(
            redis,
            lease,
            { era, asOf, tags, computeMs, graceMs, version: undefined, value },
            l2Ms + graceMs,
          )
        })
      } else {
        this.#settle(grant, (redis, lease) => l2.release(redis, lease))
      }
      return { value, freshAt: startedAt, tags, aliveAtTick: startTick, refreshDue: undefined }
    } catch (error) {
      stats.loadErrors += 1
      stats.loadTimeouts += error instanceof LoadTimeoutError ? 1 : 0
      backOffs.failed(id)
      this.#settle(grant, (redis, lease) => l2.release(redis, lease))
      throw error
    } finally {
      settled?.()
    }
  }

  #keep(
    id: string,
    { value, tags, computeMs }: Loaded<V>,
    { asOf, freshAt, life }: { readonly asOf: number; readonly freshAt: number; readonly life: Lifetime },
  ): void {
    const { node, l1 } = this.#parts
    const staleAt = node.clock() + life.l1Ms
    const expiresAt = staleAt + life.graceMs
    const verifiedTick = node.markers.tick
    l1.set(id, { value, asOf, freshAt, staleAt, expiresAt, tags, computeMs, verifiedTick })
  }

  /** What is owed to L2 for a lease, after the reader was served. */
  #settle(grant: Grant | undefined, work: (redis: RedisCommands, lease: Lease) => Promise<void>): void {
    const { node } = this.#parts
    if (grant) {
      const { lease, redis } = grant
      // A Redis that is slow at the moment gets it too: without it others would wait until the lease runs out.
      node.errands.run(work(node.bus.session?.redisFor(lease.key) ?? redis, lease))
    }
  }
}
