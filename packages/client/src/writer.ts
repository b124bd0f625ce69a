import { ClosedError, PublishFailedError, type Receipt } from '@rescind/bus'
import { orDrop } from './cache-node.ts'
import { SaveTimeoutError } from './errors.ts'
import { Grant } from './grant.ts'
import { LoadFlight, type Seen } from './load-flight.ts'
import type { Loaded } from './loader.ts'
import type { ReaderParts } from './reader-parts.ts'
import type { WriteFence, WriteFences } from './write-fences.ts'
import type { WritePlan } from './write-options.ts'

export interface WriterParts<V> extends ReaderParts<V> {
  readonly fences: WriteFences
  /** Drops the key in this process, for a message that got no place in the log. */
  drop(id: string): void
}

/** One write under way. */
interface Write<V> {
  readonly id: string
  readonly plan: WritePlan
  readonly grant: Grant<V> | undefined
  /** What was known before the save began. */
  readonly seen: Seen
  readonly startTick: number
  readonly fence: WriteFence
}

/**
 * Writes through the caches: to the source, then to everybody that the old value is dead, and then, if nothing else has
 * happened to the key, to L2 and L1.
 *
 * The lease is taken before the save begins, and whoever invalidates the key deletes it: any commit that is later than this
 * one is announced later than the lease was taken, so if the lease is still there when the value is stored, there has been none.
 * The writer's own message spares it. What the value is known to have seen is, as for a load, what was applied before the save.
 */
export class Writer<V> {
  readonly #parts: WriterParts<V>
  readonly #shelf: LoadFlight<V>

  constructor(parts: WriterParts<V>) {
    this.#parts = parts
    this.#shelf = new LoadFlight(parts)
  }

  async set(id: string, value: V, plan: WritePlan): Promise<Receipt> {
    const { node, fences } = this.#parts
    if (!node.contacted) {
      await node.contact()
    }
    const grant = await this.#claim(id)
    const seen: Seen = { asOf: node.bus.position?.seq ?? 0, era: node.bus.era, freshAt: node.clock() }
    const write: Write<V> = { id, plan, grant, seen, startTick: node.markers.tick, fence: fences.raise(id, seen.asOf) }
    const receipt = await this.#write(write, value)
    return plan.confirm ? node.bus.confirm(receipt) : receipt
  }

  async #write(write: Write<V>, value: V): Promise<Receipt> {
    const { node, fences } = this.#parts
    const { id, grant, fence } = write
    node.errands.hold(grant)
    try {
      const loaded = this.#describe(await this.#save(id, value))
      await this.#raise(write, loaded)
      const receipt = await this.#announce(write)
      this.#cache(write, receipt, loaded)
      return receipt
    } catch (error) {
      grant?.giveBack()
      throw error
    } finally {
      fences.lower(id, fence)
      node.errands.letGo(grant)
    }
  }

  /** The lease of the key, if it can be had. */
  async #claim(id: string): Promise<Grant<V> | undefined> {
    const { node, options, l2, stats } = this.#parts
    const key = l2.keyOf(id)
    await node.bus.learnLayouts()
    const redis = node.bus.session?.redisFor(key)
    if (!options.l2 || !redis || !node.bus.position || !node.bus.covers(key, Number.POSITIVE_INFINITY)) {
      return undefined
    }
    const lease = l2.newLease(id)
    try {
      await l2.claim(redis, lease)
      return new Grant(this.#parts, redis, lease)
    } catch {
      stats.l2Errors += 1
      // It may have been taken unheard.
      l2.release(redis, lease, node.errands.beginSilently())
      return undefined
    }
  }

  async #save(id: string, value: V): Promise<() => Loaded<V>> {
    const { loader, stats } = this.#parts
    try {
      const describe = await loader.save(id, value, (work) => this.#invalidateAfter(id, work))
      stats.saves += 1
      return describe
    } catch (error) {
      stats.saveErrors += 1
      if (error instanceof SaveTimeoutError) {
        this.#invalidate(id)
      }
      throw error
    }
  }

  /** A save that goes on may be done at any time until it settles. */
  #invalidateAfter(id: string, work: Promise<unknown>): void {
    const again = () => this.#invalidate(id)
    this.#parts.node.errands.run(work.then(again, again))
  }

  #invalidate(id: string): void {
    const { node, name, drop } = this.#parts
    node.errands.run(orDrop(node.bus.invalidate({ region: name, keys: [id] }), () => drop(id)))
  }

  /** Before anybody hears of it: who then loads from a source that lags knows which version there is, also where L2 gets no value. */
  async #raise({ grant }: Write<V>, loaded: Loaded<V> | undefined): Promise<void> {
    const { l2, stats } = this.#parts
    if (grant && loaded?.version !== undefined) {
      await l2.raise(grant.redis, grant.lease, loaded.version).catch(() => {
        stats.l2Errors += 1
      })
    }
  }

  async #announce({ id, grant, plan }: Write<V>): Promise<Receipt> {
    const { node, name, drop } = this.#parts
    try {
      return await orDrop(node.bus.supersede(name, id, plan.confirm, grant?.lease.token), () => drop(id))
    } catch (error) {
      throw error instanceof ClosedError
        ? new PublishFailedError('The value was saved, and the cache closed meanwhile: nobody was told', {
            cause: error,
          })
        : error
    }
  }

  /** Caches what was saved, unless something else has happened to the key since. */
  #cache({ id, plan, grant, seen, startTick, fence }: Write<V>, receipt: Receipt, loaded: Loaded<V> | undefined): void {
    const { node, l1, l2, stats } = this.#parts
    // No await until the value is in L1: a message in between would go unnoticed.
    const intact = fence.isIntact(receipt.position.seq) && node.bus.era === seen.era
    const killed = loaded && node.history.earliestAfter(startTick, loaded.tags) !== undefined
    const alive = loaded && intact && !killed && !l1.isOutdated(id, { version: loaded.version, asOf: seen.asOf })
    if (alive && loaded.cacheable) {
      this.#shelf.store(id, loaded, seen, grant, (done) => {
        stats.savesUncached += done ? 0 : 1
        if (done && plan.update) {
          node.bus.renew(l2.keyOf(id))
        }
      })
      return
    }
    stats.savesUncached += alive ? 0 : 1
    if (loaded?.version !== undefined) {
      // It exists: nothing older is to be returned from now on.
      l1.raise(id, loaded.version)
    }
    grant?.giveBack()
  }

  /** Undefined where `tags` throws: the value is saved, and its writer has nothing to repeat. */
  #describe(describe: () => Loaded<V>): Loaded<V> | undefined {
    try {
      return describe()
    } catch (error) {
      this.#parts.node.onError(error instanceof Error ? error : new Error(String(error), { cause: error }))
      return undefined
    }
  }
}
