import type { Clock } from '@rescind/options'
import { boundOf } from './census.ts'
import { ClosedError, ConfirmFailedError } from './errors.ts'
import { comparePositions, type Position, parsePosition } from './position.ts'
import type { Member, Membership, Session } from './transport.ts'

/** Who has applied a message. */
export interface Confirmation {
  /** The ids of the members that have. */
  readonly answered: readonly string[]
  /** The ids of those that did not answer, and were waited for until they had stopped serving what they held. */
  readonly waitedOut: readonly string[]
  /** How long that took, in ms. */
  readonly ms: number
}

export interface ConfirmerOptions {
  /** The id of this node, which has applied its own messages. */
  readonly self: string
  /** The bound of the bus: how long after its last proof a member may serve. */
  readonly boundMs: number
  readonly clock: Clock
  readonly session: () => Session | undefined
  readonly knownEpoch: () => number
}

const FIRST_LOOK_MS = 1
const LONGEST_LOOK_MS = 32

/** Waits until every member of a strict bus has applied a message, or has provably stopped serving. */
export class Confirmer {
  readonly #options: ConfirmerOptions
  /** The longest bound that is known of: that of a member which a new history has forgotten may be as long. */
  #longestMs: number
  readonly #waits = new Set<() => void>()
  #closed = false

  constructor(options: ConfirmerOptions) {
    this.#options = options
    this.#longestMs = options.boundMs
  }

  /**
   * To be called when the message has been acknowledged: whoever has a proof from after this moment has applied it, and
   * whoever has none stops serving within the bound.
   *
   * @throws {ConfirmFailedError} if a member is not strict.
   * @throws {ClosedError}
   */
  async confirm(position: Position): Promise<Confirmation> {
    const { clock } = this.#options
    const beganAt = clock()
    let seen = this.#judge(undefined, position)
    for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(LONGEST_LOOK_MS, pauseMs * 2)) {
      const leftMs = () => beganAt + seen.waitMs - clock()
      // Without an answer, what was seen before still holds: who comes later begins with this message.
      const membership = await this.#within(leftMs() + 1, this.#look())
      seen = membership ? this.#judge(membership, position) : seen
      if (leftMs() < 0) {
        return { answered: seen.answered, waitedOut: seen.silent, ms: clock() - beganAt }
      }
      await this.#within(Math.min(pauseMs, leftMs() + 1))
    }
  }

  close(): void {
    this.#closed = true
    for (const end of this.#waits) {
      end()
    }
  }

  async #look(): Promise<Membership | undefined> {
    const { session, knownEpoch } = this.#options
    return session()?.members(knownEpoch())
  }

  /** Who has applied it, and how long after its acknowledgement those who have not stop serving. */
  #judge(membership: Membership | undefined, position: Position): Judgement {
    const others = membership?.members.filter(({ id }) => id !== this.#options.self) ?? []
    this.#longestMs = Math.max(this.#longestMs, ...others.map(strictBound))
    const silent = others.filter((member) => !hasApplied(member, position))
    return {
      answered: others.filter((member) => hasApplied(member, position)).map(({ id }) => id),
      silent: silent.map(({ id }) => id),
      // A history that nobody has watched for long may have forgotten members.
      waitMs: membership?.settled ? Math.max(-1, ...silent.map(strictBound)) : this.#longestMs,
    }
  }

  /**
   * What comes of the work, or undefined if it fails or takes longer.
   *
   * @throws {ClosedError} as soon as this is closed.
   */
  async #within<T>(ms: number, work?: Promise<T>): Promise<T | undefined> {
    const result = await new Promise<T | undefined>((resolve) => {
      const settle = (value?: T) => {
        clearTimeout(timer)
        this.#waits.delete(end)
        resolve(value)
      }
      const end = () => settle()
      const timer = setTimeout(end, this.#closed ? 0 : ms)
      this.#waits.add(end)
      work?.then(settle, end)
    })
    if (this.#closed) {
      throw new ClosedError('The cache or publisher')
    }
    return result
  }
}

interface Judgement {
  readonly answered: readonly string[]
  readonly silent: readonly string[]
  /** How long after the acknowledgement nobody serves any more what the message names; negative for at once. */
  readonly waitMs: number
}

function strictBound(member: Member): number {
  const bound = boundOf(member)
  if (bound === 0) {
    throw new ConfirmFailedError(member.id)
  }
  return bound
}

function hasApplied({ mark }: Member, position: Position): boolean {
  const applied = parsePosition(mark.split(' ')[1] ?? '')
  return applied !== undefined && comparePositions(applied, position) >= 0
}
