import type { FlushReason, LiveEntry, Message, Position } from '@rescind/bus'
import { TagHistory, type TagMarkers } from '@rescind/core'
import { type Item, REGIONS } from './catalogue.ts'
import { confirm } from './confirm.ts'
import type { Context } from './context.ts'
import { markersFor } from './forgetful-markers.ts'
import { type Coroutine, ExpectedError, Future } from './future.ts'
import { BOUND_MS, FIRST_CONTACT_MS, HEARTBEAT_MS } from './limits.ts'
import { Loop } from './loop.ts'
import type { Grant, ReaderNode } from './reader-parts.ts'
import { Session } from './session.ts'
import { SimBus } from './sim-bus.ts'
import { SimRegion } from './sim-region.ts'
import type { Wiring, Witness } from './wiring.ts'

/** A load of the source that is under way. */
export interface Load {
  readonly item: Item
  /** What it has read. */
  version: number | undefined
  readonly done: Future<number>
}

const LOAD_FAILED = new ExpectedError('The source does not answer')

/** A process with a cache. Follows `CacheNode`. */
export class SimNode implements ReaderNode {
  readonly id: string
  readonly context: Context
  readonly loop: Loop
  readonly bus: SimBus
  readonly markers: TagMarkers
  readonly history: TagHistory = new TagHistory()
  readonly maxStalenessMs: number = BOUND_MS
  readonly strict: boolean
  readonly contact: Future<void> = new Future()
  readonly held: Set<Grant> = new Set()
  readonly loads: Load[] = []
  readonly #regions: ReadonlyMap<string, SimRegion>
  readonly #wiring: Wiring
  readonly #witness: Witness
  stopped: boolean = false
  /** While a broadcast is handled that nobody sent. */
  #deceived = false

  constructor(id: string, context: Context, wiring: Wiring, witness: Witness) {
    const { setup, mutant } = context
    this.id = id
    this.context = context
    this.#wiring = wiring
    this.#witness = witness
    this.loop = new Loop(context.clock)
    this.strict = setup.strict && mutant !== 'member is not strict'
    this.markers = markersFor(mutant, setup.nodeTags)
    this.#regions = new Map(REGIONS.map((name) => [name, new SimRegion(name, this)]))
    this.bus = new SimBus(id, context, this.loop, {
      onMessage: (message, position) => this.#onMessage(message, position),
      onFlush: (reason, position) => this.#onFlush(reason, position),
      onContinue: (position) => this.#onContinue(position),
      onStatus: (settled) => settled && this.contact.resolve(),
      disconnect: (session) => this.#disconnect(session),
    })
    this.loop.after(FIRST_CONTACT_MS, () => this.contact.resolve())
    this.#tickLater()
  }

  get clock(): () => number {
    return this.context.clock
  }

  get contacted(): boolean {
    return this.contact.settled !== undefined
  }

  get provenAt(): number {
    return this.context.mutant === 'no trust rule' ? this.clock() : this.bus.provenAt
  }

  get regions(): ReadonlyMap<string, SimRegion> {
    return this.#regions
  }

  connect(): void {
    if (!this.bus.current && !this.bus.closed) {
      const session = new Session(this.#wiring.servers, {
        onEntry: (entry, forged) => this.#onEntry(entry, forged),
        onReadOnly: () => this.#disconnect(session),
      })
      this.bus.onOpen(session)
    }
  }

  /** The connection is lost. */
  cut(): void {
    if (this.bus.current) {
      this.#disconnect(this.bus.current)
    }
  }

  /** Its connection loses broadcasts from now on, and nobody notices. */
  deafen(): void {
    if (this.bus.current) {
      this.bus.current.log.deaf = true
    }
  }

  read(item: Item): Future<number> {
    return this.#region(item.region).get(item)
  }

  publish(message: Message): Future<LiveEntry> {
    return this.bus.outbox.publish(message)
  }

  confirm(position: Position): Future<void> {
    const { context, loop, bus } = this
    return loop.spawn(
      confirm(position, {
        self: this.id,
        context,
        loop,
        session: () => bus.greeted,
        knownEpoch: () => bus.knownEpoch,
      }),
    )
  }

  leave(): void {
    if (!this.bus.closed) {
      for (const { id, token, session } of this.held) {
        ;(this.bus.session ?? session).release(id, token)
      }
      this.held.clear()
      this.loop.spawn(this.bus.close())
    }
  }

  *isProven(now: number, withinMs: number): Coroutine<boolean> {
    const since = now - this.maxStalenessMs
    return this.bus.provenAt >= since || (yield* this.bus.prove(since, withinMs))
  }

  load(item: Item): Future<number> {
    const load: Load = { item, version: undefined, done: new Future() }
    this.loads.push(load)
    return load.done
  }

  /** A load reads the source, or returns. */
  advance(which: number, fails: boolean): void {
    const load = this.loads[which % Math.max(1, this.loads.length)]
    if (load && load.version === undefined && !fails) {
      load.version = this.context.source.read(load.item.index)
    } else if (load) {
      this.loads.splice(this.loads.indexOf(load), 1)
      if (fails || load.version === undefined) {
        load.done.reject(LOAD_FAILED)
      } else {
        load.done.resolve(load.version)
      }
    }
  }

  #region(name: string): SimRegion {
    const region = this.#regions.get(name)
    if (!region) {
      throw new Error(`There is no region ${name}`)
    }
    return region
  }

  #tickLater(): void {
    this.loop.after(HEARTBEAT_MS, () => {
      this.bus.tick()
      this.#tickLater()
    })
  }

  #disconnect(session: Session): void {
    if (this.bus.current === session) {
      this.#wiring.onCut(session.cut())
      this.bus.onLost()
    }
  }

  #onEntry(entry: LiveEntry, forged: boolean): void {
    this.#deceived = forged
    this.bus.heard(entry, forged)
    this.#deceived = false
  }

  #onMessage(message: Message, position: Position): void {
    const epoch = this.bus.position?.epoch ?? 0
    this.#witness.onApply(this.id, message)
    if (position.epoch < epoch) {
      return
    }
    const seq = position.epoch === epoch ? position.seq : Number.POSITIVE_INFINITY
    switch (message.kind) {
      case 'invalidate':
        for (const { region, keys } of message.items) {
          this.#region(region).drop(keys, seq)
        }
        break
      case 'bump':
        for (const { region, versions } of message.items) {
          this.#region(region).drop([...versions.keys()], seq)
        }
        break
      case 'invalidate-tags':
        for (const tag of message.tags) {
          this.markers.mark(tag, seq)
          this.history.record(tag, this.markers.tick)
        }
        break
      case 'clear':
        for (const region of message.regions) {
          this.#region(region).dropAll(seq)
        }
        break
      case 'clear-all':
        break
    }
  }

  #onFlush(reason: FlushReason, position: Position): void {
    this.#witness.onFlush(this.id, reason, this.#deceived)
    this.markers.reset(position.seq)
    for (const region of this.#regions.values()) {
      region.flush(position.seq)
    }
  }

  #onContinue(position: Position): void {
    this.markers.reset(position.seq)
    for (const region of this.#regions.values()) {
      region.marker.reset(position.seq)
    }
  }
}
