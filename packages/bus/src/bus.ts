import { type Clock, monotonicClock } from '@rescind/options'
import { Background } from './background.ts'
import type { BusListener, BusStatus } from './bus-listener.ts'
import { type BusOptions, resolveBus } from './bus-options.ts'
import { composeInvalidate, composeInvalidateTags, type Invalidation } from './compose-message.ts'
import { RedisRefusedError } from './errors.ts'
import { newId } from './ids.ts'
import type { Tail } from './log-entry.ts'
import type { Message } from './message.ts'
import { DRAIN_MS, Outbox } from './outbox.ts'
import { PageReader } from './page-reader.ts'
import type { Position } from './position.ts'
import type { Receipt } from './publisher.ts'
import { Replica, type ReplicaEvent } from './replica.ts'
import { SessionKeeper } from './session-keeper.ts'
import type { Session } from './transport.ts'
import { within } from './within.ts'

/** A member of a bus: publishes, hears everything, and knows how fresh that makes it. */
export class Bus {
  readonly nodeId: string = newId()
  readonly maxStalenessMs: number
  readonly #heartbeatMs: number
  readonly #connectTimeoutMs: number
  readonly #replica = new Replica()
  readonly #keeper: SessionKeeper
  readonly #outbox: Outbox
  readonly #listener: BusListener
  readonly #clock: Clock
  readonly #pages = new PageReader()
  readonly #background = new Background((error) => this.#report(error))
  /** The session whose hello was answered: only this one may be read from. */
  #greeted: Session | undefined
  #beating: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #status: BusStatus = 'idle'
  readonly #starting = new Set<() => void>()
  #closing: Promise<{ readonly unsent: number }> | undefined
  #foreign = 0

  /** @throws {InvalidArgumentError} */
  constructor(options: BusOptions, listener: BusListener, clock: Clock = monotonicClock) {
    const { transport, maxStalenessMs, heartbeatMs, connectTimeoutMs, publishTimeoutMs, maxQueued } =
      resolveBus(options)
    this.maxStalenessMs = maxStalenessMs
    this.#heartbeatMs = heartbeatMs
    this.#connectTimeoutMs = connectTimeoutMs
    this.#listener = listener
    this.#clock = clock
    this.#keeper = new SessionKeeper(transport, {
      onEntry: (entry) => this.#dispatch({ type: 'heard', entry }),
      onForeign: () => {
        this.#foreign += 1
      },
      onOpen: (session) => this.#onOpen(session),
      onLost: (cause) => this.#onLost(cause),
    })
    this.#outbox = new Outbox({
      publishTimeoutMs,
      maxQueued,
      session: () => this.#greeted,
      knownEpoch: () => this.#knownEpoch,
      onAppended: (entry) => this.#dispatch({ type: 'appended', entry }),
      onRefused: (error) => this.#report(error),
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

  /** The open session, if its server was asked who it is, and if it answers; undefined: do without Redis. */
  get session(): Session | undefined {
    return this.#greeted?.responsive ? this.#greeted : undefined
  }

  /** Bytes on the channel that were no broadcast of a known version. */
  get foreign(): number {
    return this.#foreign
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
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer)
        this.#starting.delete(settle)
        resolve(this.#status === 'live')
      }
      const timer = setTimeout(settle, this.#connectTimeoutMs)
      this.#starting.add(settle)
    })
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

  /** As `Publisher.invalidate`; what this process holds is dropped before the promise resolves. */
  async invalidate(invalidation: Invalidation): Promise<Receipt> {
    return this.#publish(composeInvalidate(this.nodeId, invalidation))
  }

  /** As `Publisher.invalidateTags`; what this process holds is dead before the promise resolves. */
  async invalidateTags(tags: readonly string[]): Promise<Receipt> {
    return this.#publish(composeInvalidateTags(this.nodeId, tags))
  }

  /** Asks for a proof of freshness now. True if one that is newer than `since` arrived within `ms`. Never rejects. */
  async prove(since: number, ms: number): Promise<boolean> {
    const { session } = this
    if (session && this.provenAt < since) {
      await within(this.#proveOn(session, since), ms, () => new Error('too late')).catch(() => undefined)
    }
    return this.provenAt >= since
  }

  /** Sends what is queued, for up to a second, and disconnects. Memoised. */
  close(): Promise<{ readonly unsent: number }> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  get #knownEpoch(): number {
    return this.position?.epoch ?? 0
  }

  async #publish(message: Message): Promise<Receipt> {
    this.begin()
    const { position, chain } = await this.#outbox.publish(message)
    return { position, chain }
  }

  async #close(): Promise<{ readonly unsent: number }> {
    clearInterval(this.#timer)
    const unsent = await this.#outbox.close(DRAIN_MS)
    this.#greeted = undefined
    this.#setStatus('closed')
    await this.#keeper.close()
    await this.#background.settled()
    return { unsent }
  }

  #onOpen(session: Session): void {
    this.#dispatch({ type: 'connected' })
    // The hello: the server says which log it has before anything else it says is believed.
    this.#background.run(this.#beat(session))
  }

  #onLost(cause: Error | undefined): void {
    this.#greeted = undefined
    this.#beating = undefined
    this.#outbox.suspend(cause)
    this.#dispatch({ type: 'disconnected' })
    this.#setStatus('connecting', cause)
  }

  #tick(): void {
    const { session } = this.#keeper
    if (session && !this.#beating) {
      this.#background.run(this.#beat(session))
    }
  }

  async #proveOn(session: Session, since: number): Promise<void> {
    // One that is under way may have been sent too long ago, before this process was stopped and woke up.
    await this.#beating
    if (this.provenAt < since && this.session === session) {
      await (this.#beating ?? this.#beat(session))
    }
  }

  /** Never rejects: a beat that fails proves nothing, and costs the session if the server refused it. */
  #beat(session: Session): Promise<void> {
    const beating = this.#sendBeat(session)
      .catch((error: unknown) => this.#onBeatFailed(session, error))
      .finally(() => {
        if (this.#beating === beating) {
          this.#beating = undefined
        }
      })
    this.#beating = beating
    return beating
  }

  async #sendBeat(session: Session): Promise<void> {
    // Both noted before it is sent: the proof is of this moment, not of the reply's.
    const sentAt = this.#clock()
    const appliedAtSend: Tail | undefined = this.#replica.applied
    const tail = await session.beat({ nodeId: this.nodeId, knownEpoch: this.#knownEpoch })
    if (this.#keeper.session === session) {
      this.#dispatch({ type: 'beat', sentAt, appliedAtSend, tail })
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
      const { session } = this.#keeper
      if (effect.type === 'apply') {
        this.#listener.onMessage(effect.message, effect.position)
      } else if (effect.type === 'flush') {
        this.#listener.onFlush(effect.reason, effect.position)
      } else if (session) {
        this.#background.run(effect.type === 'fetch' ? this.#fetch(session, effect.from) : this.#beat(session))
      }
    }
    this.#follow()
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
      for (const settle of this.#starting) {
        settle()
      }
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
