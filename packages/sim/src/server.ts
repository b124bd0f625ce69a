import type {
  Beat,
  BeatReply,
  LiveEntry,
  LogEntry,
  MarkerQuery,
  MarkerReport,
  Membership,
  Message,
  Position,
  Tail,
} from '@rescind/bus'
import { comparePositions } from '@rescind/bus'
import type { MemoryLog } from '@rescind/bus/internal'
import type { Context } from './context.ts'
import { type Dataset, Fate } from './fate.ts'
import type { L2Data, StoredValue } from './l2-data.ts'
import { LEASE_MS } from './limits.ts'
import { type Link, READONLY } from './link.ts'
import { isRetold } from './mutant.ts'

export interface Take {
  readonly key: string
  readonly token: string
  readonly deadStamp: string
  /** The newest entry that the reader knows to have taken effect. */
  readonly footing: Tail
}

export type Taken =
  | { readonly type: 'value'; readonly value: StoredValue }
  | { readonly type: 'lease' | 'busy' | 'refused' | 'elsewhere' }

/** A server of Redis: what the scripts do on it, and what becomes of it. In a cluster one has the log and one the values. */
export class Server {
  readonly links: Set<Link> = new Set()
  readonly #context: Context
  readonly #name: string
  /** What becomes of it. */
  readonly fate: Fate

  constructor(name: string, context: Context) {
    this.#name = name
    this.#context = context
    this.fate = new Fate(name, context)
  }

  get log(): MemoryLog {
    return this.#data.log
  }

  get l2(): L2Data {
    return this.#data.l2
  }

  /** In front of what is stored on this server, where it is not the one of the log. */
  get shard(): string {
    const { setup, mutant } = this.#context
    return setup.cluster && mutant !== 'shard not in values and leases' ? this.fate.incarnation : ''
  }

  get #data(): Dataset {
    return this.fate.data
  }

  append(link: Link, message: Message, knownEpoch: number, retry: boolean, keys: readonly string[]): LiveEntry {
    this.#beWritable(link)
    for (const key of keys) {
      this.l2.unlink(key)
    }
    const looks = retry && this.#context.mutant !== 'retry does not look for its id'
    const known = this.#known(knownEpoch, false)
    if (message.kind === 'clear-all' && known === knownEpoch && !(looks && this.#has(message.id))) {
      this.#skipUsedEpochs(message)
    }
    const { entry, published } = this.log.append(message, known, looks)
    this.#publish(published)
    return entry
  }

  beat(link: Link, beat: Beat): BeatReply {
    this.#beWritable(link)
    const { reply, published } = this.log.beat({ ...beat, knownEpoch: this.#known(beat.knownEpoch, true) })
    this.#publish(published)
    return reply
  }

  members(link: Link, knownEpoch: number): Membership {
    this.#beWritable(link)
    const { reply, published } = this.log.members(this.#known(knownEpoch, true))
    this.#publish(published)
    return reply
  }

  leave(link: Link, nodeId: string): void {
    this.#beWritable(link)
    this.log.leave(nodeId)
  }

  page(from: Position, count: number): LogEntry[] {
    return this.log.page(from, count)
  }

  markers({ footing, ...query }: MarkerQuery): MarkerReport | undefined {
    const log = this.#data.remains ?? this.log
    const { tail } = log
    return tail && this.#bears(footing) ? log.markers({ ...query, footing: tail }) : undefined
  }

  /** The epoch of the log, as values in L2 name it. */
  get era(): string {
    return `${this.log.tail?.position.epoch ?? 0}-${this.#data.bornIn.slice(0, 8)}`
  }

  unlink(link: Link, key: string): void {
    this.#beWritable(link)
    this.l2.unlink(key)
  }

  take(link: Link, take: Take): Taken {
    const { setup, clock } = this.#context
    const { key, token, deadStamp } = take
    if (!setup.cluster && !this.#bears(take.footing)) {
      return { type: 'elsewhere' }
    }
    const value = this.l2.valueFor(key, this.shard, deadStamp)
    if (value) {
      return { type: 'value', value }
    }
    if (link.demoted) {
      return { type: 'refused' }
    }
    if (this.l2.leased(key, clock())) {
      return { type: 'busy' }
    }
    this.l2.grant(key, { token, shard: this.shard, expiresAt: clock() + LEASE_MS })
    return { type: 'lease' }
  }

  fill(link: Link, key: string, value: Omit<StoredValue, 'shard'>): boolean {
    const { mutant, clock } = this.#context
    if (!this.l2.holds(key, value.stamp, this.shard, clock()) && mutant !== 'no lease in L2') {
      return false
    }
    this.#beWritable(link)
    this.l2.values.set(key, { ...value, shard: this.shard })
    this.l2.giveUp(key)
    return true
  }

  release(link: Link, key: string, token: string): void {
    if (this.l2.holds(key, token, this.shard, this.#context.clock())) {
      this.#beWritable(link)
      this.l2.giveUp(key)
    }
  }

  #publish(entries: readonly LiveEntry[]): void {
    const { ledger, source, told, tell } = this.#context
    for (const entry of entries) {
      if (entry.position.seq === 0 && !entry.message) {
        this.#data.bornIn = this.log.incarnation
        this.#data.remains = undefined
      }
      ledger.append(entry, source.committed)
      if (told) {
        tell(`${this.#name} appends ${entry.position.epoch}-${entry.position.seq} ${entry.message?.kind ?? 'epoch'}`)
      }
      for (const link of this.links) {
        link.broadcast(entry)
      }
    }
  }

  /** Whether this is the log that the reader knows, in no older state. */
  #bears(footing: Tail): boolean {
    const { mutant } = this.#context
    // Without its log, meta still says where that ended.
    const { tail } = this.#data.remains ?? this.log
    if (mutant === 'footing not checked by L2') {
      return tail?.position.epoch === footing.position.epoch
    }
    const [logged] = this.log.page(footing.position, 1)
    const entry = [tail, logged].find((one) => one && comparePositions(one.position, footing.position) === 0)
    return entry !== undefined && (entry.chain === footing.chain || isRetold(mutant))
  }

  #beWritable(link: Link): void {
    if (link.demoted) {
      throw READONLY
    }
  }

  /**
   * The scripts name epochs by the clock, so that none comes twice. One that steps back begins a lost log below all there
   * were, and else leaves it to what is known.
   */
  #known(knownEpoch: number, prove: boolean): number {
    const { setup, ledger } = this.#context
    const epoch = this.log.tail?.position.epoch
    const whole = epoch !== undefined && epoch >= knownEpoch
    if (whole && !(prove && this.#data.bornIn !== this.log.incarnation)) {
      return knownEpoch
    }
    if (!setup.unsteadyClock) {
      return Math.max(knownEpoch, ledger.highestEpoch)
    }
    if (epoch !== undefined) {
      return knownEpoch
    }
    const remains = this.#data.remains?.tail
    return Math.max(knownEpoch, remains ? remains.position.epoch : ledger.epochBelow())
  }

  /** A clear opens the next epoch, whatever is known: unused ones are opened and forgotten until that is a new one. */
  #skipUsedEpochs(message: Message): void {
    const { setup, ledger } = this.#context
    const { tail } = this.log
    for (let epoch = tail?.position.epoch ?? ledger.highestEpoch; epoch < ledger.highestEpoch; epoch += 1) {
      if (!setup.unsteadyClock) {
        this.log.append({ ...message, id: 'skipped' }, 0, false)
      }
    }
  }

  #has(id: string): boolean {
    return this.log.page({ epoch: 0, seq: 0 }, Number.POSITIVE_INFINITY).some(({ message }) => message?.id === id)
  }
}
