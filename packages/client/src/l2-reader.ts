import type { RedisCommands, Session, Tail } from '@rescind/bus'
import type { L2Envelope } from './envelope.ts'
import type { Flight, Outcome } from './flight.ts'
import { Grant } from './grant.ts'
import { type Find, L2Judge } from './l2-judge.ts'
import { type Lease, NO_FOOTING, type Take, type Taken } from './lease.ts'
import type { Seat } from './load-batch.ts'
import type { ReaderParts } from './reader-parts.ts'
import type { Aged, Due } from './refresh-rule.ts'

/** A value of L2 that may be returned, or the lease to load it; undefined: load for this process alone. */
export type L2Found<V> =
  | { readonly type: 'hit'; readonly outcome: Outcome<V> }
  | { readonly type: 'miss'; readonly grant: Grant<V> }
  | undefined

/** How a flight looks at L2. */
export interface Terms<V> {
  /** How old the last proof of freshness may be. */
  readonly boundMs: number
  /** What to do with a value that nothing has invalidated; `fallback` keeps it in L1 while it is loaded anew. */
  due(aged: Aged, now: number): Due
  /** Left as soon as another process is waited for. */
  readonly seat: Pick<Seat<unknown>, 'leave'> | undefined
  /** Called once, and never at once. Does not throw. */
  found(found: L2Found<V>): void
}

/** How long to wait for a proof of freshness before doing without L2. */
const PROOF_WAIT_MS = 250
/** A waiter that nobody wakes looks again after a time that doubles between these. */
const FIRST_LOOK_MS = 16
const LONGEST_LOOK_MS = 250

/** The L2 half of a flight: reads a value and judges it, or gets the right to load it. */
export class L2Reader<V> {
  readonly #parts: ReaderParts<V>
  readonly #judge: L2Judge<V>

  constructor(parts: ReaderParts<V>) {
    this.#parts = parts
    this.#judge = new L2Judge(parts)
  }

  /** Never throws: without L2 there is the loader. */
  read(id: string, flight: Flight<V>, terms: Terms<V>): void {
    const look = this.#lookAt(id, flight, terms)
    if (look === undefined) {
      queueMicrotask(() => terms.found(undefined))
      return
    }
    const { node } = this.#parts
    const learning = node.bus.learnLayouts()
    // The tags of a value in L2 are judged with what this node knows: it must know enough.
    const since = node.clock() - terms.boundMs
    if (!learning && node.provenAt >= since && node.bus.covers(look.lease.key, Number.POSITIVE_INFINITY)) {
      look.ask()
      return
    }
    const none = () => terms.found(undefined)
    this.#isReady(look.lease, since, learning).then((ready) => (ready ? look.ask() : none()), none)
  }

  /** Undefined where there is no L2, or none that can be asked. */
  #lookAt(id: string, flight: Flight<V>, terms: Terms<V>): Look<V> | undefined {
    const { node, options, l2 } = this.#parts
    const { session } = node.bus
    if (!options.l2 || !session || !node.bus.position) {
      return undefined
    }
    const lease = l2.newLease(id)
    const redis = session.redisFor(lease.key)
    return redis && new Look(this.#parts, this.#judge, { lease, redis, session, flight, terms })
  }

  async #isReady({ key }: Lease, since: number, learning: Promise<void> | undefined): Promise<boolean> {
    const { node } = this.#parts
    await learning
    const covered = node.bus.covers(key, Number.POSITIVE_INFINITY)
    return covered && (node.provenAt >= since || (await node.isProven(since, PROOF_WAIT_MS)))
  }
}

interface LookOptions<V> {
  readonly lease: Lease
  readonly redis: RedisCommands
  readonly session: Session
  readonly flight: Flight<V>
  readonly terms: Terms<V>
}

/** One flight asks for one key, again and again until it has the value, the lease, or no more time. */
class Look<V> implements Take {
  readonly lease: Lease
  footing: Tail = NO_FOOTING
  deadStamp = ''
  readonly #parts: ReaderParts<V>
  readonly #judge: L2Judge<V>
  readonly #options: LookOptions<V>
  #startedAt = 0
  #applied = 0
  #waits = 0
  #giveUpAt: number | undefined

  constructor(parts: ReaderParts<V>, judge: L2Judge<V>, options: LookOptions<V>) {
    this.#parts = parts
    this.#judge = judge
    this.#options = options
    this.lease = options.lease
  }

  ask(): void {
    const { node, l2 } = this.#parts
    this.#startedAt = node.clock()
    const { footing, position } = node.bus
    if (!footing) {
      queueMicrotask(() => this.#end(undefined))
      return
    }
    this.footing = footing
    this.#applied = position?.seq ?? 0
    l2.take(this.#options.redis, this)
  }

  taken(taken: Taken): void {
    try {
      this.#hear(taken)
    } catch {
      this.failed()
    }
  }

  failed(): void {
    const { node, stats, l2 } = this.#parts
    const { redis, lease } = this.#options
    stats.l2Errors += 1
    // The lease may be granted unheard, and others would wait for it. Sent after the request on the same connection.
    l2.release(redis, lease, node.errands.beginSilently())
    this.#end(undefined)
  }

  #hear(taken: Taken): void {
    const { node, stats, l1 } = this.#parts
    const { lease, redis } = this.#options
    if ('floor' in taken && taken.floor !== undefined) {
      l1.raise(lease.id, taken.floor)
    }
    switch (taken.type) {
      case 'lease':
        stats.l2Misses += 1
        this.#end({ type: 'miss', grant: new Grant(this.#parts, redis, lease) })
        break
      case 'value':
        this.#hearValue(taken)
        break
      case 'busy':
        void this.#wait()
        break
      case 'elsewhere':
        if (redis.doubt) {
          redis.doubt()
        } else {
          node.bus.doubt()
        }
        this.#end(undefined)
        break
      default:
        this.#end(undefined)
    }
  }

  #hearValue({ envelope, leftMs, stamp }: Extract<Taken, { type: 'value' }>): void {
    const find = envelope && this.#find(envelope, leftMs)
    const unknown = find && this.#judge.unknownOf(find)
    if (find && unknown) {
      void this.#learn(find, unknown, stamp)
    } else {
      this.#judgeValue(find, stamp)
    }
  }

  #find(envelope: L2Envelope, leftMs: number): Find<V> {
    const { redis, flight, terms } = this.#options
    const { id, key } = this.lease
    const { tag } = redis
    const judgedTags = tag === undefined ? envelope.tags : [...envelope.tags, tag]
    const [startedAt, applied] = [this.#startedAt, this.#applied]
    return { id, key, envelope, judgedTags, leftMs, startedAt, applied, flight, due: terms.due }
  }

  async #learn(find: Find<V>, unknown: readonly string[], stamp: string): Promise<void> {
    try {
      await this.#judge.learn(find, unknown, this.#options.session)
      this.#judgeValue(find, stamp)
    } catch {
      this.failed()
    }
  }

  #judgeValue(find: Find<V> | undefined, stamp: string): void {
    const outcome = find && this.#judge.judge(find)
    if (outcome) {
      this.#end({ type: 'hit', outcome })
      return
    }
    const first = this.deadStamp === ''
    const over = this.#isOver()
    this.deadStamp = stamp
    // In place of the first one there may be a newer one by now, however long it took.
    if (first || !over) {
      this.ask()
    } else {
      this.#end(undefined)
    }
  }

  /** Waits for another process that has the lease. */
  async #wait(): Promise<void> {
    const { node, stats } = this.#parts
    if (this.#isOver()) {
      this.#end(undefined)
      return
    }
    stats.leaseWaits += this.#waits === 0 ? 1 : 0
    this.#options.terms.seat?.leave()
    const longest = Math.min(LONGEST_LOOK_MS, FIRST_LOOK_MS * 2 ** this.#waits)
    this.#waits += 1
    await node.wakes.wait(this.lease.key, longest * (0.5 + Math.random() / 2))
    this.ask()
  }

  #isOver(): boolean {
    const { node, options } = this.#parts
    this.#giveUpAt ??= this.#startedAt + options.leaseWaitMs
    return node.clock() >= this.#giveUpAt
  }

  #end(found: L2Found<V>): void {
    this.#options.terms.found(found)
  }
}
