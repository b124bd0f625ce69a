import {
  Bus,
  type BusListener,
  type BusOptions,
  type BusStatus,
  type Committed,
  type FlushReason,
  type IgnoreReason,
  type Message,
  type MessageBody,
  type Position,
  type PublishOptions,
  parseValueKey,
  type Receipt,
  type Transaction,
} from '@rescind/bus'
import { type NodeView, TagHistory, TagMarkers } from '@rescind/core'
import { type Clock, InvalidArgumentError, monotonicClock } from '@rescind/options'
import type { CacheEvent } from './cache-event.ts'
import { Errands } from './errands.ts'
import { dropNamed, type Subscriber } from './subscriber.ts'
import { Wakes } from './wakes.ts'

/** How long the very first read waits for the connection, so that it can use L2. */
const FIRST_CONTACT_MS = 250

/** How often each region looks for what has expired. */
const PRUNE_MS = 1_000

/** This process as a member of the bus: what it knows, and whom to tell. */
export class CacheNode implements NodeView, BusListener {
  readonly clock: Clock
  readonly bus: Bus
  readonly markers: TagMarkers = new TagMarkers()
  readonly history: TagHistory = new TagHistory()
  readonly wakes: Wakes = new Wakes()
  readonly errands: Errands = new Errands((error) => this.onError(error))
  readonly maxStalenessMs: number
  readonly #name: string
  readonly #regions = new Map<string, Subscriber>()
  readonly #onEvent: ((event: CacheEvent) => void) | undefined
  #contact: { readonly made: Promise<void>; readonly resolve: () => void } | undefined
  #contacted = false
  #pruning: NodeJS.Timeout | undefined
  #applied = 0
  #flushes = 0
  #lastLagMs = 0
  #maxLagMs = 0

  /** @throws {InvalidArgumentError} */
  constructor(options: BusOptions, onEvent: ((event: CacheEvent) => void) | undefined, clock: Clock = monotonicClock) {
    this.clock = clock
    this.#name = options.name
    this.#onEvent = onEvent
    this.bus = new Bus(options, this, clock)
    this.maxStalenessMs = this.bus.maxStalenessMs
  }

  get provenAt(): number {
    return this.bus.provenAt
  }

  get strict(): boolean {
    return this.bus.strict
  }

  get counters(): {
    readonly invalidations: number
    readonly flushes: number
    readonly lastLagMs: number
    readonly maxLagMs: number
  } {
    return {
      invalidations: this.#applied,
      flushes: this.#flushes,
      lastLagMs: this.#lastLagMs,
      maxLagMs: this.#maxLagMs,
    }
  }

  /** True once the first try to connect has ended, one way or the other. */
  get contacted(): boolean {
    return this.#contacted
  }

  get regions(): ReadonlyMap<string, Subscriber> {
    return this.#regions
  }

  attach(name: string, region: Subscriber): void {
    this.#regions.set(name, region)
  }

  /** Connects, and waits until that has succeeded or failed, or for a moment. */
  contact(): Promise<void> {
    if (this.#contacted) {
      return Promise.resolve()
    }
    if (!this.#contact) {
      let resolve = () => {}
      const made = new Promise<void>((done) => {
        resolve = done
      })
      const timer = setTimeout(() => this.#endContact(), FIRST_CONTACT_MS)
      this.#contact = {
        made,
        resolve: () => {
          clearTimeout(timer)
          resolve()
        },
      }
      this.bus.begin()
      this.#pruning = setInterval(() => this.#prune(), PRUNE_MS)
      this.#pruning.unref()
    }
    return this.#contact.made
  }

  /** Whether this node is proven to know all there was at the time `since`; asks for a proof if not. */
  async isProven(since: number, withinMs: number): Promise<boolean> {
    return this.provenAt >= since || (await this.bus.prove(since, withinMs))
  }

  /** As `Bus.invalidateTags`; if it rejects, this process has dropped its values all the same. */
  invalidateTags(tags: readonly string[], options?: PublishOptions): Promise<Receipt> {
    return orDrop(this.bus.invalidateTags(tags, options), () => this.#dropUnheard({ kind: 'invalidate-tags', tags }))
  }

  /** As `Bus.clearAll`; if it rejects, this process has dropped its values all the same. */
  clearAll(options?: PublishOptions): Promise<Receipt> {
    return orDrop(this.bus.clearAll(options), () => this.#dropUnheard({ kind: 'clear-all' }))
  }

  /** As `Bus.transaction`; if it rejects after the commit, this process has dropped its values all the same. */
  transaction<T>(work: (tx: Transaction) => Promise<T> | T, options?: PublishOptions): Promise<Committed<T>> {
    return this.bus.transaction(work, options, (noted) => {
      for (const body of noted) {
        this.#dropUnheard(body)
      }
    })
  }

  onMessage(message: Message, position: Position): void {
    const epoch = this.bus.position?.epoch ?? 0
    if (position.epoch < epoch) {
      // Of an epoch that this node has left, and dropped everything for.
      return
    }
    // One of an epoch that this node has yet to enter is newer than all that it holds.
    const seq = position.epoch === epoch ? position.seq : Number.POSITIVE_INFINITY
    const lagMs = Math.max(0, Date.now() - message.sentAt)
    this.#lastLagMs = lagMs
    this.#maxLagMs = Math.max(this.#maxLagMs, lagMs)
    switch (message.kind) {
      case 'invalidate':
        for (const { region, keys } of message.items) {
          this.#regions.get(region)?.drop(keys, seq)
          this.#tell(region, keys, position, lagMs)
        }
        break
      case 'bump':
        for (const { region, versions } of message.items) {
          this.#regions.get(region)?.outdate(versions, seq)
          this.#tell(region, [...versions.keys()], position, lagMs)
        }
        break
      case 'invalidate-tags':
        for (const tag of message.tags) {
          this.#applied += 1
          this.markers.mark(tag, seq)
          this.history.record(tag, this.markers.tick)
        }
        this.emit({ type: 'tags-invalidated', tags: message.tags, position, lagMs })
        break
      case 'clear':
        for (const region of message.regions) {
          this.#applied += 1
          this.#regions.get(region)?.dropAll(seq)
        }
        this.emit({ type: 'cleared', regions: message.regions, position, lagMs })
        break
      case 'clear-all':
        // Comes as a flush.
        break
    }
  }

  onFlush(reason: FlushReason, position: Position): void {
    this.#flushes += reason === 'joined' ? 0 : 1
    this.markers.reset(position.seq)
    for (const region of this.#regions.values()) {
      region.flush(position.seq)
    }
    this.emit({ type: 'flushed', reason, position })
  }

  onStatus(status: BusStatus, cause: Error | undefined): void {
    if (status === 'live' || status === 'closed' || cause) {
      this.#endContact()
    }
    if (status === 'closed') {
      clearInterval(this.#pruning)
    }
    this.emit({ type: 'status', status, cause })
  }

  onWake(key: string): void {
    this.wakes.wake(key)
  }

  onRenewed(key: string): void {
    const found = parseValueKey(this.#name, key)
    if (found) {
      this.#regions.get(found.region)?.renew(found.id)
    }
  }

  onIgnored(reason: IgnoreReason): void {
    this.emit({ type: 'ignored', reason })
  }

  onError(error: Error): void {
    if (this.bus.status === 'closed') {
      // Nobody tries it again, and nobody needs to know.
      return
    }
    this.emit({ type: 'error', error })
  }

  emit(event: CacheEvent): void {
    if (this.#onEvent) {
      // Not within a batch of messages: who reads a value in `onEvent` must not get one that the next message kills.
      Promise.resolve(event).then(this.#onEvent).catch(warn)
    }
  }

  #tell(region: string, keys: readonly string[], position: Position, lagMs: number): void {
    this.#applied += keys.length
    this.emit({ type: 'invalidated', region, keys, position, lagMs })
  }

  #dropUnheard(body: MessageBody): void {
    dropNamed(body, this.#regions, (tags) => this.#dropTagged(tags))
  }

  /** Loads in flight learn of it as of any tag message; what has no position cannot mark what is yet to come. */
  #dropTagged(tags: readonly string[]): void {
    for (const tag of tags) {
      this.markers.touch()
      this.history.record(tag, this.markers.tick)
    }
    for (const region of this.#regions.values()) {
      region.dropTagged(new Set(tags))
    }
  }

  #prune(): void {
    for (const region of this.#regions.values()) {
      region.prune()
    }
  }

  #endContact(): void {
    this.#contacted = true
    this.#contact?.resolve()
  }
}

/**
 * Whatever comes of a message that was valid, this process holds nothing of what it names afterwards: here for one that
 * was not acknowledged.
 */
export async function orDrop(receipt: Promise<Receipt>, drop: () => void): Promise<Receipt> {
  try {
    return await receipt
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) {
      drop()
    }
    throw error
  }
}

/** What `onEvent` throws is not ours to crash for, and not to be lost either. */
function warn(error: unknown): void {
  process.emitWarning(`onEvent threw: ${error instanceof Error ? error.message : String(error)}`, 'RescindWarning')
}
