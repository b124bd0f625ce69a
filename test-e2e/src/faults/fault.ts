import type { Member } from './member-handle.ts'

/** Faults of different lanes may last at the same time; those of one come one after the other. */
export type Lane = 'network' | 'process' | 'server'

/** Something that can be broken on purpose. */
export interface Fault {
  readonly name: string
  readonly lane: Lane
  /** Whether it strikes one process, and not all. */
  readonly single: boolean
  /** Whether processes may have to drop everything: the log may lose messages that it has, or its history. */
  readonly mayFlush: boolean
  /** Whether there is but one in a run: what it breaks stays broken. */
  readonly once?: boolean
  /** Breaks it, for the process that is struck; resolves to what heals it. */
  begin(member: Member, lastsMs: number): Promise<Heal> | Heal
}

export type Heal = () => Promise<void> | void

/** There is nothing to heal. */
export const healed: Heal = () => {}
