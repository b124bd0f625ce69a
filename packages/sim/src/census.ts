import type { BeatReply } from '@rescind/bus'
import { Census } from '@rescind/bus/internal'
import { BOUND_MS } from './limits.ts'
import type { Mutant } from './mutant.ts'

type Watch = Pick<Census, 'note' | 'gone' | 'watched'>

/** The census of a node; of the mutant, one for which time passes four times as fast. */
export function censusFor(mutant: Mutant | undefined): Watch {
  const census = new Census(BOUND_MS)
  if (mutant !== 'member forgotten too early') {
    return census
  }
  return {
    note: (reply: BeatReply, now: number) => census.note(reply, 4 * now),
    gone: (now: number) => census.gone(4 * now),
    watched: (now: number) => census.watched(4 * now),
  }
}
