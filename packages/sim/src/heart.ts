import type { BeatReport, Census, Replica } from '@rescind/bus/internal'
import type { Context } from './context.ts'
import { attempt, type Coroutine, type ExpectedError, type Future, wait } from './future.ts'
import type { Loop } from './loop.ts'
import type { Session } from './session.ts'

export interface HeartOptions {
  readonly nodeId: string
  readonly context: Context
  readonly loop: Loop
  readonly replica: Replica
  readonly census: Pick<Census, 'note' | 'gone' | 'watched'>
  readonly boundMs: number
  readonly onReport: (report: BeatReport) => void
  readonly onFailed: (session: Session, error: ExpectedError) => void
  readonly isCurrent: (session: Session) => boolean
}

/** Follows `Heartbeat`. */
export class Heart {
  readonly #options: HeartOptions
  #underWay: Future<void> | undefined
  #next: Future<void> | undefined

  constructor(options: HeartOptions) {
    this.#options = options
  }

  get underWay(): Future<void> | undefined {
    return this.#underWay
  }

  ask(session: Session): Future<void> {
    const { loop } = this.#options
    if (this.#underWay) {
      this.#next ??= loop.spawn(this.#after(this.#underWay, session))
      return this.#next
    }
    const beat = loop.spawn(this.#run(session))
    this.#underWay = beat
    beat.listen(() => {
      if (this.#underWay === beat) {
        this.#underWay = undefined
      }
    })
    return beat
  }

  forget(): void {
    this.#underWay = undefined
    this.#next = undefined
  }

  *#after(underWay: Future<void>, session: Session): Coroutine<void> {
    yield* wait(underWay)
    this.#next = undefined
    if (this.#options.isCurrent(session)) {
      yield* wait(this.ask(session))
    }
  }

  *#run(session: Session): Coroutine<void> {
    const { nodeId, context, replica, census, boundMs, onReport, onFailed, isCurrent } = this.#options
    const sentAt = context.clock()
    const appliedAtSend = replica.applied
    const reply = yield* attempt(
      session.beat({
        nodeId,
        knownEpoch: appliedAtSend?.position.epoch ?? 0,
        applied: appliedAtSend?.position,
        boundMs,
        watched: census.watched(sentAt),
        gone: census.gone(sentAt).filter(({ id }) => id !== nodeId),
      }),
    )
    if (!reply.ok) {
      onFailed(session, reply.error)
      return
    }
    census.note(reply.value, context.clock())
    if (isCurrent(session)) {
      const late = context.mutant === 'trust from the time of the reply'
      onReport({ sentAt: late ? context.clock() : sentAt, appliedAtSend, state: reply.value })
    }
  }
}
