import { comparePositions, type Member, type Membership, type Position, parsePosition } from '@rescind/bus'
import type { Context } from './context.ts'
import { attempt, type Coroutine, wait } from './future.ts'
import { BOUND_MS } from './limits.ts'
import type { Loop } from './loop.ts'
import type { Session } from './session.ts'

export interface ConfirmOptions {
  readonly self: string
  readonly context: Context
  readonly loop: Loop
  readonly session: () => Session | undefined
  readonly knownEpoch: () => number
}

const FIRST_LOOK_MS = 1
const LONGEST_LOOK_MS = 32

/** Follows `Confirmer.confirm`. Returns when every member has applied what is at the position, or serves nothing. */
export function* confirm(position: Position, options: ConfirmOptions): Coroutine<void> {
  const { self, context, loop } = options
  const { clock, mutant } = context
  const beganAt = clock()
  let silent: string[] = []
  for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(LONGEST_LOOK_MS, pauseMs * 2)) {
    const membership = yield* look(options)
    if (membership) {
      const others = membership.members.filter(({ id }) => id !== self)
      silent = others.filter((member) => !hasApplied(member, position)).map(({ id }) => id)
    }
    const ms = clock() - beganAt
    const settled = membership?.settled || (membership && mutant === 'confirm believes an unsettled history')
    if (ms > BOUND_MS || (settled && (silent.length === 0 || mutant === 'confirm without the silent'))) {
      return
    }
    yield* wait(loop.pause(Math.min(pauseMs, BOUND_MS - ms + 1)))
  }
}

function* look({ session, knownEpoch }: ConfirmOptions): Coroutine<Membership | undefined> {
  const current = session()
  const membership = current && (yield* attempt(current.members(knownEpoch())))
  return membership?.ok ? membership.value : undefined
}

function hasApplied({ mark }: Member, position: Position): boolean {
  const applied = parsePosition(mark.split(' ')[1] ?? '')
  return applied !== undefined && comparePositions(applied, position) >= 0
}
