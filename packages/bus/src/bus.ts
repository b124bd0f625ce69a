import { type Clock, monotonicClock, noticeSuspension } from '@rescind/options'
import type { Publish } from './announcer.ts'
import { Background } from './background.ts'
import type { Body } from './batch.ts'
import { Broadcaster, type Committed, type PublishOptions, type Receipt } from './broadcaster.ts'
import type { BusListener, BusStatus, IgnoreReason } from './bus-listener.ts'
import { type BusOptions, resolveBus } from './bus-options.ts'
import { Census } from './census.ts'
import { Confirmer } from './confirmer.ts'
import { ClosedError, RedisRefusedError } from './errors.ts'
import { Heartbeat } from './heartbeat.ts'
import { newId } from './ids.ts'
import { LAYOUT_TAG } from './layout.ts'
import { LayoutHistory } from './layout-history.ts'
import type { Tail } from './log-entry.ts'
import type { Message, RegionKeys } from './message.ts'
import type { Transaction } from './notes.ts'
import { DRAIN_MS, Outbox } from './outbox.ts'
import { PageReader } from './page-reader.ts'
import type { Position } from './position.ts'
import { Replica } from './replica.ts'
import type { ReplicaEffect, ReplicaEvent } from './replica-event.ts'
import { SessionKeeper } from './session-keeper.ts'
import type { Bump } from './statement.ts'
import { parseToken } from './token.ts'
import type { Session } from './transport.ts'
import { Waiters } from './waiters.ts'
import { within } from './within.ts'

/** Before the key of a new value, on the channel of wakes: no key begins with it, so that others take it for a wake of nobody. */
const RENEWED = '+'

/** A member of a bus: publishes, hears everything, and knows how fresh that makes it. */
export class Bus {
  readonly nodeId: string = newId()
  readonly maxStalenessMs: number
  /** Whether a proof alone lets this node serve what it holds. */
  readonly strict: boolean
  readonly #heartbeatMs: number
  readonly #connectTimeoutMs: number
  readonly #replica = new Replica()
  readonly #keeper: SessionKeeper
  readonly #outbox: Outbox
  readonly #broadcaster: Broadcaster
  readonly #confirmer: Confirmer | undefined
  readonly #heartbeat: Heartbeat
  readonly #listener: BusListener
  readonly #clock: Clock
  readonly #layouts: LayoutHistory | undefined
  readonly #pages = new PageReader()
  readonly #background = new Background((error) => this.#report(error))
  /** The session whose hello was answered: only this one may be read from. */
  #greeted: Session | undefined
  #timer: NodeJS.Timeout | undefined
  #status: BusStatus = 'idle'
  #doubtedAt: number | undefined
  readonly #starting = new Waiters()
  #closing: Promise<{ readonly unsent: readonly Message[] }> | undefined
  #ignored = 0
  #leaving = false

  /** @throws {InvalidArgumentError} */
  constructor(options: BusOptions, listener: BusListener, clock: Clock = monotonicClock) {
    const resolved = resolveBus(options)
    const { transport, maxStalenessMs, strict, publishTimeoutMs, maxQueued, maxQueuedBytes } = resolved
    const { nodeId } = this
    this.maxStalenessMs = maxStalenessMs
    this.strict = strict
    this.#heartbeatMs = resolved.heartbeatMs
    this.#connectTimeoutMs = resolved.connectTimeoutMs
    this.#listener = listener
    this.#clock = clock
    this.#layouts = resolved.layout && new LayoutHistory(resolved.layout, clock)
    this.#keeper = new SessionKeeper(transport, {
      onEntry: (entry) => this.#dispatch({ type: 'heard', entry }),
      onForeign: () => this.#ignore('foreign'),
      onWake: (text) => this.#onWake(text),
      onAppended: (entry) => this.#dispatch({ type: 'appended', entry }),
      onTrouble: (error) => this.#report(error),
      onOpen: () => this.#onOpen(),
      onLost: (cause) => this.#onLost(cause),
    })
    const session = () => this.#greeted
    const knownEpoch = () => this.position?.epoch ?? 0
    this.#outbox = new Outbox({
      publishTimeoutMs,
      maxQueued,
      maxQueuedBytes,
      session,
      knownEpoch,
      onAppended: (entry) => this.#dispatch({ type: 'appended', entry }),
      onRefused: (error) => this.#report(error),
      onOverflow: (error) => this.#report(error),
    })
    this.#confirmer = strict
      ? new Confirmer({ self: nodeId, boundMs: maxStalenessMs, clock, session, knownEpoch })
      : undefined
    const publish: Publish = (message, spare) => this.#outbox.publish(message, spare)
    this.#broadcaster = new Broadcaster(nodeId, publish, this.#confirmer)
    this.#heartbeat = new Heartbeat({
      nodeId,
      clock,
      replica: this.#replica,
      census: new Census(maxStalenessMs),
      boundMs: strict ? maxStalenessMs : 0,
      onReport: (report) => this.#dispatch({ type: 'beat', ...report }),
      onFailed: (failed, error) => this.#onBeatFailed(failed, error),
      isCurrent: (one) => this.#keeper.session === one && !this.#leaving,
    })
  }

  get status(): BusStatus {
    return this.#status
  }

  /** The last position applied; undefined before the first contact. */
  get position(): Position | undefined {
    return this.#replica.applied?.position
  }

  /** Every message acknowledged before this time of the clock has been applied here. */
  get provenAt(): number {
    return this.#replica.provenAt
  }

  /** A text that no other epoch of any log has; empty before the first contact. */
  get era(): string {
    return this.#replica.era
  }

  /** The last entry that has taken effect here: what is read where the log does not hold it may be older. */
  get footing(): Tail | undefined {
    return this.#replica.footing
  }

  /** The open session, if its server was asked who it is, and if it answers; undefined: do without Redis. */
  get session(): Session | undefined {
    return this.#greeted?.responsive ? this.#greeted : undefined
  }

  /** What came on the channel and was no broadcast of a known version, or not from the log. */
  get ignored(): number {
    return this.#ignored
  }

  /** Messages that wait to be acknowledged. */
  get queued(): number {
    return this.#outbox.size
  }

  /** Connects, if it has not begun to. Resolves to true once live, to false if that takes longer than `connectTimeout`. */
  start(): Promise<boolean> {
    this.begin()
    if (this.#status === 'live' || this.#closing !== undefined) {
      return Promise.resolve(this.#status === 'live')
    }
    return this.#starting.wait(this.#connectTimeoutMs, () => this.#status === 'live')
  }

  /** Begins to connect without waiting. Any number of times. */
  begin(): void {
    if (this.#status === 'idle' && this.#closing === undefined) {
      this.#setStatus('connecting')
      this.#keeper.start()
      this.#timer = setInterval(() => this.#tick(), this.#heartbeatMs)
      this.#timer.unref()
    }
  }

  /** As `Publisher.invalidate`; what this process holds is dropped before the promise resolves. So for all of these. */
  invalidate(invalidation: RegionKeys, options?: PublishOptions): Promise<Receipt> {
    return this.#announce(() => this.#broadcaster.invalidate(invalidation, options))
  }

  /** As `Publisher.invalidateTags`. */
  invalidateTags(tags: readonly string[], options?: PublishOptions): Promise<Receipt> {
    return this.#announce(() => this.#broadcaster.invalidateTags(tags, options))
  }

  /** As `Publisher.clear`. */
  clear(regions: readonly string[], options?: PublishOptions): Promise<Receipt> {
    return this.#announce(() => this.#broadcaster.clear(regions, options))
  }

  /** As `Publisher.clearAll`. */
  clearAll(options?: PublishOptions): Promise<Receipt> {
    return this.#announce(() => this.#broadcaster.clearAll(options))
  }

  /** As `Publisher.bump`. */
  bump(bump: Bump, options?: PublishOptions): Promise<Receipt> {
    return this.#announce(() => this.#broadcaster.bump(bump, options))
  }

  /**
   * Says in a message of its own that the value of one key was replaced, and drops it here. Resolves when the message is in
   * the log, whether or not somebody is to `confirm` it.
   *
   * @param spare the token of a lease on the key, which stays: whoever holds it may store the new value.
   */
  supersede(region: string, key: string, confirm: boolean, spare: string | undefined): Promise<Receipt> {
    return this.#announce(() => this.#broadcaster.supersede(region, key, confirm, spare))
  }

  /** The receipt, once every member has applied its message; for one that was sent with `confirm`. */
  confirm(receipt: Receipt): Promise<Receipt> {
    return this.#broadcaster.confirm(receipt)
  }

  /**
   * Before something is done that is to be announced.
   *
   * @throws {InvalidArgumentError} for options that a call would refuse.
   * @throws {ClosedError} when no call would get through any more.
   */
  check(options: PublishOptions): void {
    this.#broadcaster.check(options)
    if (this.#closing !== undefined) {
      throw new ClosedError('The cache')
    }
  }

  /**
   * As `Publisher.transaction`.
   *
   * @param onUnheard is told what was noted if it rejects after the commit.
   */
  transaction<T>(
    work: (tx: Transaction) => Promise<T> | T,
    options?: PublishOptions,
    onUnheard?: (noted: readonly Body[]) => void,
  ): Promise<Committed<T>> {
    return this.#announce(() => this.#broadcaster.transaction(work, options, onUnheard))
  }

  /**
   * Whether the message of this token, or of a later one, has taken effect here. False if that cannot be told.
   *
   * @throws {InvalidArgumentError}
   */
  hasApplied(token: string): boolean {
    const { position, chain } = parseToken(token)
    return this.#replica.covers(position, chain)
  }

  /**
   * Values were found where the log is not as this node knows it. Asks for a proof; where there has been one since the
   * last doubt, the connection for values goes elsewhere, and a new session is opened.
   */
  doubt(): void {
    const now = this.#clock()
    const since = this.#doubtedAt
    if (since === undefined || now - since > this.maxStalenessMs) {
      this.#doubtedAt = now
      this.#beatNow()
    } else if (this.provenAt > since) {
      this.#doubtedAt = undefined
      this.#background.run(this.#greeted?.close() ?? Promise.resolve())
    }
  }

  /**
   * Whether all who invalidated the key of this value since position `asOf` removed it from where this process has it. Always
   * where values are not on servers of their own; false there until `learnLayouts` has asked.
   */
  covers(value: string, asOf: number): boolean {
    return this.#layouts?.covers(value, asOf) ?? true
  }

  /** Asks by which layouts values were removed, where this has to be known. Undefined if there is nothing to wait for. */
  learnLayouts(): Promise<void> | undefined {
    return this.#layouts?.learn(async (claim) => {
      const { session, footing } = this
      return footing && session?.layouts(footing, claim)
    })
  }

  /** Tells the members that wait for something under this key that it is over. Some may not hear it. */
  wake(key: string): void {
    this.#hint(key)
  }

  /** Tells the members that a new value stands under this key. Some may not hear it. */
  renew(key: string): void {
    this.#hint(RENEWED + key)
  }

  /** Asks for a proof of freshness now. True if one that is newer than `since` arrived within `ms`. Never rejects. */
  async prove(since: number, ms: number): Promise<boolean> {
    const { session } = this
    if (session && this.provenAt < since) {
      await within(this.#proveOn(session, since), ms, () => new Error('too late')).catch(() => undefined)
    }
    return this.provenAt >= since
  }

  /** Sends what is queued, for up to a second, and disconnects. Memoised. Returns the messages that were given up. */
  close(): Promise<{ readonly unsent: readonly Message[] }> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #hint(text: string): void {
    const { session } = this
    if (session) {
      this.#background.run(session.wake(text).catch(() => undefined))
    }
  }

  #onWake(text: string): void {
    if (text.startsWith(RENEWED)) {
      this.#listener.onRenewed?.(text.slice(RENEWED.length))
    } else {
      this.#listener.onWake?.(text)
    }
  }

  #announce<T>(call: () => Promise<T>): Promise<T> {
    this.begin()
    return call()
  }

  async #close(): Promise<{ readonly unsent: readonly Message[] }> {
    clearInterval(this.#timer)
    this.#broadcaster.flush()
    const unsent = await this.#outbox.close(DRAIN_MS)
    this.#confirmer?.close()
    // Nobody waits for a member that has left: it serves nothing any more by what it was told.
    this.#leaving = true
    this.#replica.retire()
    await this.session?.leave(this.nodeId).catch(() => undefined)
    this.#greeted = undefined
    this.#setStatus('closed')
    await this.#keeper.close()
    await this.#background.settled()
    return { unsent }
  }

  #onOpen(): void {
    this.#dispatch({ type: 'connected' })
    // The hello: the server says which log it has before anything else it says is believed.
    this.#beatNow()
  }

  #onLost(cause: Error | undefined): void {
    this.#greeted = undefined
    this.#heartbeat.forget()
    this.#outbox.suspend(cause)
    this.#dispatch({ type: 'disconnected' })
    this.#setStatus('connecting', cause)
  }

  #tick(): void {
    noticeSuspension()
    if (this.#heartbeat.underWay === undefined) {
      this.#beatNow()
    }
  }

  async #proveOn(session: Session, since: number): Promise<void> {
    // One that is under way may have been sent too long ago, before this process was stopped and woke up.
    await this.#heartbeat.underWay
    if (this.provenAt < since && this.session === session && !this.#leaving) {
      await (this.#heartbeat.underWay ?? this.#heartbeat.ask(session))
    }
  }

  async #onBeatFailed(session: Session, error: unknown): Promise<void> {
    this.#report(error)
    this.#outbox.suspend(error)
    if (this.#keeper.session === session && (this.#greeted !== session || error instanceof RedisRefusedError)) {
      await session.close()
    }
  }

  async #fetch(session: Session, from: Tail): Promise<void> {
    try {
      const page = await this.#pages.read(session, from)
      if (this.#keeper.session === session) {
        this.#dispatch({ type: 'page', from, ...page })
      }
    } catch (error) {
      this.#report(error)
      // Without the page the replica would wait for ever: a new session starts over.
      await session.close()
    }
  }

  #dispatch(event: ReplicaEvent): void {
    for (const effect of this.#replica.handle(event)) {
      this.#carryOut(effect)
    }
    this.#follow()
  }

  #carryOut(effect: ReplicaEffect): void {
    switch (effect.type) {
      case 'apply': {
        const { message, position } = effect
        if (message.kind === 'invalidate-tags' && message.tags.includes(LAYOUT_TAG)) {
          this.#layouts?.forget()
        }
        this.#listener.onMessage(message, position)
        if (message.confirm && message.origin !== this.nodeId) {
          this.#beatNow()
        }
        break
      }
      case 'flush':
        this.#layouts?.forget()
        this.#listener.onFlush(effect.reason, effect.position)
        if (this.strict) {
          // A member that has just begun is waited for until it says where.
          this.#beatNow()
        }
        break
      case 'forged':
        this.#ignore('forged')
        break
      case 'beat':
        this.#beatNow()
        break
      case 'fetch': {
        const { session } = this.#keeper
        if (session) {
          this.#background.run(this.#fetch(session, effect.from))
        }
      }
    }
  }

  #beatNow(): void {
    const { session } = this.#keeper
    // A beat after its farewell would make it a member again.
    if (session && !this.#leaving) {
      this.#background.run(this.#heartbeat.ask(session))
    }
  }

  #ignore(reason: IgnoreReason): void {
    this.#ignored += 1
    this.#listener.onIgnored?.(reason)
  }

  /** Brings session and status in line with what the replica is doing. */
  #follow(): void {
    const { phase } = this.#replica
    const { session } = this.#keeper
    if (phase === 'down' || !session) {
      return
    }
    this.#setStatus(phase === 'live' ? 'live' : 'syncing')
    if (phase !== 'joining' && this.#greeted !== session) {
      this.#greeted = session
      this.#outbox.resume()
    }
  }

  #setStatus(status: BusStatus, cause?: Error): void {
    if ((this.#status === status && !cause) || this.#status === 'closed') {
      return
    }
    this.#status = status
    if (status === 'live' || status === 'closed') {
      this.#starting.settle()
    }
    this.#listener.onStatus?.(status, cause)
  }

  #report(error: unknown): void {
    if (this.#status === 'closed') {
      // Of a session that was taken away from it.
      return
    }
    this.#listener.onError?.(error instanceof Error ? error : new Error(String(error)))
  }
}
