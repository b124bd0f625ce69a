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
  readonly #closing = new Set<() => void>()
  #closed = false

  constructor(options: ConfirmerOptions) {
    this.#options = options
  }

  /**
   * To be called when the message has been acknowledged: whoever has a proof from after this moment has applied it, and
   * whoever has none stops serving within the bound.
   *
   * @throws {ConfirmFailedError} if a member is not strict.
   * @throws {ClosedError}
   */
  async confirm(position: Position): Promise<Confirmation> {
    const { boundMs, clock } = this.#options
    const beganAt = clock()
    let bound = boundMs
    let answered: string[] = []
    let silent: string[] = []
    for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(LONGEST_LOOK_MS, pauseMs * 2)) {
      const membership = await this.#look()
      if (membership) {
        const others = membership.members.filter(({ id }) => id !== this.#options.self)
        bound = others.reduce((longest, member) => Math.max(longest, strictBound(member)), bound)
        answered = others.filter((member) => hasApplied(member, position)).map(({ id }) => id)
        silent = others.filter((member) => !hasApplied(member, position)).map(({ id }) => id)
      }
      const ms = clock() - beganAt
      // A history that nobody has watched for long may have forgotten members.
      if (ms > bound || (membership?.settled && silent.length === 0)) {
        return { answered, waitedOut: silent, ms }
      }
      await this.#pause(Math.min(pauseMs, bound - ms + 1))
    }
  }

  close(): void {
    this.#closed = true
    for (const wake of this.#closing) {
      wake()
    }
  }

  async #look(): Promise<Membership | undefined> {
    if (this.#closed) {
      throw new ClosedError('The cache or publisher')
    }
    return this.#options
      .session()
      ?.members(this.#options.knownEpoch())
      .catch(() => undefined)
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#closing.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      this.#closing.add(wake)
    })
  }
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
