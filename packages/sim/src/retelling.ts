import type { LiveEntry, LogEntry, Tail } from '@rescind/bus'
import { nextChain, type Replica, type ReplicaEvent } from '@rescind/bus/internal'
import type { Context } from './context.ts'
import { isRetold } from './mutant.ts'

/**
 * What happens, retold to the replica of a mutant as if there were no chains: an entry that has the position of one that
 * was applied (or position and id) gets the chain of that one, and one that follows by its position (and id) continues it.
 */
export class Retelling {
  readonly #byId: boolean
  readonly #idOf: (chain: string) => string | undefined
  #incarnation = ''
  /** The chains under which this replica has applied entries. */
  readonly #applied = new Map<string, string>()
  /** The entries behind chains that were made up here. */
  readonly #real = new Map<string, Tail>()

  private constructor(byId: boolean, idOf: (chain: string) => string | undefined) {
    this.#byId = byId
    this.#idOf = idOf
  }

  static of({ mutant, ledger }: Context): Retelling | undefined {
    const byId = mutant === 'ids in place of the chain'
    return isRetold(mutant) ? new Retelling(byId, (chain) => ledger.idOf(chain)) : undefined
  }

  /** The chain that the server gave to what the replica knows under this one. */
  realChain(chain: string): string {
    return this.#real.get(chain)?.chain ?? chain
  }

  retell(event: ReplicaEvent, { applied }: Replica): ReplicaEvent {
    if (applied) {
      this.#applied.set(this.#key(applied), applied.chain)
    }
    switch (event.type) {
      case 'heard':
      case 'appended':
        return { ...event, entry: this.#entry(event.entry, applied) }
      case 'beat': {
        this.#incarnation ||= event.state.incarnation
        const { state } = event
        return { ...event, state: { ...state, incarnation: this.#incarnation, tail: this.#known(state.tail) } }
      }
      case 'page':
        return { ...event, entries: this.#page(event.entries) }
      default:
        return event
    }
  }

  #entry(entry: LiveEntry, applied: Tail | undefined): LiveEntry {
    const { epoch, seq } = entry.position
    const next = applied && epoch === applied.position.epoch && seq === applied.position.seq + 1
    if (next && (!this.#byId || this.#id(entry.previous) === this.#id(applied.chain))) {
      return { ...entry, previous: applied.chain, chain: this.#continue(entry, applied.chain) }
    }
    return this.#known(entry)
  }

  #page(entries: readonly LogEntry[]): LogEntry[] {
    const told: LogEntry[] = []
    for (const entry of entries) {
      const known = this.#known(entry)
      const before = told.at(-1)
      const chain = before ? this.#continue(entry, before.chain) : known.chain
      told.push({ ...known, chain })
    }
    return told
  }

  #known<T extends Tail>(tail: T): T {
    return { ...tail, chain: this.#applied.get(this.#key(tail)) ?? tail.chain }
  }

  #continue(tail: Tail, previous: string): string {
    const id = this.#id(tail.chain) ?? ''
    const chain = this.#applied.get(this.#key(tail)) ?? nextChain(this.#incarnation, previous, id)
    this.#applied.set(this.#key(tail), chain)
    this.#real.set(chain, tail)
    return chain
  }

  #id(chain: string): string | undefined {
    return this.#idOf(this.realChain(chain))
  }

  #key({ position, chain }: Tail): string {
    return `${position.epoch}-${position.seq}${this.#byId ? ` ${this.#id(chain)}` : ''}`
  }
}
