import type { FlushReason, LiveEntry, Message, Position, Tail } from '@rescind/bus'
import { type BeatReport, type Census, Replica, type ReplicaEvent } from '@rescind/bus/internal'
import { censusFor } from './census.ts'
import type { Context } from './context.ts'
import { attempt, type Coroutine, type ExpectedError, wait } from './future.ts'
import { Heart } from './heart.ts'
import { BOUND_MS, PAGE_LENGTH } from './limits.ts'
import { READONLY } from './link.ts'
import type { Loop } from './loop.ts'
import { SimOutbox } from './outbox.ts'
import { Retelling } from './retelling.ts'
import type { Session } from './session.ts'

export interface BusListener {
  readonly onMessage: (message: Message, position: Position) => void
  readonly onFlush: (reason: FlushReason, position: Position) => void
  /** Only of a mutant: what is held stays, and the node continues at the position. */
  readonly onContinue: (position: Position) => void
  readonly onStatus: (settled: boolean) => void
  readonly disconnect: (session: Session) => void
}

/** Follows `Bus`. Who owns it opens the sessions. */
export class SimBus {
  readonly nodeId: string
  readonly replica: Replica = new Replica()
  readonly outbox: SimOutbox
  readonly #context: Context
  readonly #loop: Loop
  readonly #listener: BusListener
  readonly #heart: Heart
  readonly #census: Pick<Census, 'note' | 'gone' | 'watched'>
  readonly #retelling: Retelling | undefined
  #current: Session | undefined
  #greeted: Session | undefined
  #closed = false
  #retired = false
  #droppedEarly = false

  constructor(nodeId: string, context: Context, loop: Loop, listener: BusListener) {
    const { setup, mutant } = context
    this.nodeId = nodeId
    this.#context = context
    this.#loop = loop
    this.#listener = listener
    this.#census = censusFor(mutant)
    this.#retelling = Retelling.of(context)
    this.outbox = new SimOutbox({
      loop,
      session: () => this.#greeted,
      knownEpoch: () => this.knownEpoch,
      onAppended: (entry) => {
        if (mutant !== 'own effects on the broadcast') {
          this.#dispatch({ type: 'appended', entry })
        }
      },
    })
    this.#heart = new Heart({
      nodeId,
      context,
      loop,
      replica: this.replica,
      census: this.#census,
      boundMs: setup.strict ? BOUND_MS : 0,
      onReport: (report) => this.#onReport(report),
      onFailed: (session, error) => this.#onBeatFailed(session, error),
      isCurrent: (session) => this.#current === session,
    })
  }

  get knownEpoch(): number {
    return this.position?.epoch ?? 0
  }

  get position(): Position | undefined {
    return this.replica.applied?.position
  }

  get provenAt(): number {
    return this.replica.provenAt
  }

  get era(): string {
    return this.replica.era
  }

  /** The open session, whether or not it may be read from. */
  get current(): Session | undefined {
    return this.#current
  }

  get greeted(): Session | undefined {
    return this.#greeted
  }

  /** The chain, as the server has it, of what was applied. */
  get appliedChain(): string {
    const chain = this.replica.applied?.chain ?? ''
    return this.#retelling?.realChain(chain) ?? chain
  }

  get footing(): Tail | undefined {
    return this.replica.footing
  }

  /** The session that may be read from. */
  get session(): Session | undefined {
    return this.#greeted?.log.responsive ? this.#greeted : undefined
  }

  get closed(): boolean {
    return this.#closed
  }

  onOpen(session: Session): void {
    this.#current = session
    if (this.#context.mutant === 'no hello') {
      this.#greeted = session
      this.outbox.resume()
    }
    this.#dispatch({ type: 'connected' })
    this.#heart.ask(session)
  }

  onLost(): void {
    this.#current = undefined
    this.#greeted = undefined
    this.#heart.forget()
    this.#dispatch({ type: 'disconnected' })
    this.#listener.onStatus(true)
  }

  /** @param forged nobody sent it; a mutant is not to be told that somebody did. */
  heard(entry: LiveEntry, forged: boolean): void {
    this.#dispatch({ type: 'heard', entry }, forged)
  }

  tick(): void {
    if (this.#current && !this.#heart.underWay && !this.#closed) {
      this.#heart.ask(this.#current)
    }
  }

  doubt(): void {
    this.#beatNow()
  }

  *prove(since: number, ms: number): Coroutine<boolean> {
    const { session } = this
    if (session && this.provenAt < since) {
      yield* attempt(this.#loop.within(this.#loop.spawn(this.#proveOn(session, since)), ms))
    }
    return this.provenAt >= since
  }

  *close(): Coroutine<void> {
    this.#closed = true
    yield* this.outbox.drain()
    this.replica.retire()
    this.#retired = true
    if (this.#greeted) {
      yield* attempt(this.#greeted.leave(this.nodeId))
    }
    this.#greeted = undefined
    this.#listener.onStatus(true)
    if (this.#current) {
      this.#listener.disconnect(this.#current)
    }
  }

  *#proveOn(session: Session, since: number): Coroutine<void> {
    const { underWay } = this.#heart
    if (underWay) {
      yield* wait(underWay)
    }
    if (this.provenAt < since && this.session === session) {
      yield* wait(this.#heart.underWay ?? this.#heart.ask(session))
    }
  }

  #onReport(report: BeatReport): void {
    if (!this.#retired) {
      this.#dispatch({ type: 'beat', ...report })
    }
  }

  #onBeatFailed(session: Session, error: ExpectedError): void {
    if (this.#current === session && (this.#greeted !== session || error === READONLY)) {
      this.#listener.disconnect(session)
    }
  }

  *#fetch(session: Session, from: Tail): Coroutine<void> {
    const page = yield* attempt(session.page(from.position))
    if (page.ok && this.#current === session) {
      this.#dispatch({ type: 'page', from, entries: page.value, full: page.value.length >= PAGE_LENGTH })
    } else if (this.#current === session) {
      this.#listener.disconnect(session)
    }
  }

  #dispatch(event: ReplicaEvent, forged = false): void {
    const told = (forged ? undefined : this.#retelling?.retell(event, this.replica)) ?? event
    for (const effect of this.replica.handle(told)) {
      switch (effect.type) {
        case 'apply':
          this.#listener.onMessage(effect.message, effect.position)
          if (effect.message.confirm && effect.message.origin !== this.nodeId) {
            this.#beatNow()
          }
          break
        case 'flush':
          this.#flush(effect.reason, effect.position)
          break
        case 'beat':
          this.#dropEarly()
          this.#beatNow()
          break
        case 'fetch':
          if (this.#current) {
            this.#loop.spawn(this.#fetch(this.#current, effect.from))
          }
          break
        case 'forged':
          break
      }
    }
    this.#follow()
  }

  #flush(reason: FlushReason, position: Position): void {
    if (this.#droppedEarly) {
      this.#droppedEarly = false
      this.#listener.onContinue(position)
    } else if (this.#context.mutant !== 'flush ignored' || reason === 'joined') {
      this.#listener.onFlush(reason, position)
    }
    if (this.#context.setup.strict) {
      this.#beatNow()
    }
  }

  /** Of a mutant that drops what it holds when it is lost, and not when it adopts the tail. */
  #dropEarly(): void {
    if (this.#context.mutant === 'tail adopted in two steps' && this.replica.phase === 'lost' && this.position) {
      this.#listener.onFlush('fork', this.position)
      this.#droppedEarly = true
    }
  }

  #beatNow(): void {
    if (this.#current && !this.#retired) {
      this.#heart.ask(this.#current)
    }
  }

  #follow(): void {
    const { phase } = this.replica
    if (phase === 'down' || !this.#current) {
      return
    }
    this.#listener.onStatus(phase === 'live')
    if (phase !== 'joining' && this.#greeted !== this.#current) {
      this.#greeted = this.#current
      this.outbox.resume()
    }
  }
}
