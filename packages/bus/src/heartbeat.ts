import type { Clock } from '@rescind/options'
import type { Census } from './census.ts'
import type { Replica } from './replica.ts'
import type { BeatReport } from './replica-event.ts'
import type { BeatReply, Session } from './transport.ts'

export interface HeartbeatOptions {
  readonly nodeId: string
  readonly clock: Clock
  readonly replica: Replica
  readonly census: Census
  /** As in `Beat`. */
  readonly boundMs: number
  /** A reply came. Not called for a session that `isCurrent` denies. */
  readonly onReport: (report: BeatReport) => void
  readonly onFailed: (session: Session, error: unknown) => Promise<void>
  readonly isCurrent: (session: Session) => boolean
}

/** Sends beats, one at a time. */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  #underWay: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(options: HeartbeatOptions) {
    this.#options = options
  }

  /** The beat that was sent last, if its reply is still to come. */
  get underWay(): Promise<void> | undefined {
    return this.#underWay
  }

  /**
   * A beat that is sent from now on: after the one under way, if there is one. Never rejects: a beat that fails proves
   * nothing.
   */
  ask(session: Session): Promise<void> {
    if (this.#underWay !== undefined) {
      this.#next ??= this.#underWay.then(() => {
        this.#next = undefined
        return this.#options.isCurrent(session) ? this.ask(session) : undefined
      })
      return this.#next
    }
    const beat = this.#send(session)
      .catch((error: unknown) => this.#options.onFailed(session, error))
      .finally(() => {
        if (this.#underWay === beat) {
          this.#underWay = undefined
        }
      })
    this.#underWay = beat
    return beat
  }

  /** The session was lost, and with it the replies to come. */
  forget(): void {
    this.#underWay = undefined
    this.#next = undefined
  }

  async #send(session: Session): Promise<void> {
    const { nodeId, clock, replica, census, boundMs, onReport, isCurrent } = this.#options
    // Both noted before it is sent: the proof is of this moment, not of the reply's.
    const sentAt = clock()
    const appliedAtSend = replica.applied
    const reply: BeatReply = await session.beat({
      nodeId,
      knownEpoch: appliedAtSend?.position.epoch ?? 0,
      applied: appliedAtSend?.position,
      boundMs,
      watched: census.watched(sentAt),
      gone: census.gone(sentAt).filter(({ id }) => id !== nodeId),
    })
    census.note(reply, clock())
    if (isCurrent(session)) {
      onReport({ sentAt, appliedAtSend, state: reply })
    }
  }
}
