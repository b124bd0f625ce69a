import { firstChain, nextChain } from './chain.ts'
import type { LiveEntry, LogEntry, Tail } from './log-entry.ts'
import type { Message } from './message.ts'
import { formatPosition, type Position } from './position.ts'
import type { Beat, BeatReply, MarkerQuery, MarkerReport, Member, Membership } from './transport.ts'

export interface MemoryLogOptions {
  /** Entries kept for members that were away. */
  readonly length: number
  /** Tag markers kept. */
  readonly maxTags: number
}

/**
 * What the scripts of the bus do to a log, in memory: no I/O and no clock. An epoch is bound to the `incarnation`, which
 * is for the owner of the log to change.
 */
export class MemoryLog {
  incarnation: string
  readonly #options: MemoryLogOptions
  #entries: LiveEntry[] = []
  #epoch = 0
  /** The incarnation in which the epoch began. */
  #bornIn = ''
  #born = ''
  #settled = false
  #beats = 0
  #openings = 0
  #members = new Map<string, string>()
  #regions = new Map<string, number>()
  /** The latest last. */
  #tags = new Map<string, number>()
  #floor = 0

  constructor(incarnation: string, options: MemoryLogOptions) {
    this.incarnation = incarnation
    this.#options = options
  }

  /** The end of the log, if there is one. */
  get tail(): Tail | undefined {
    return this.#entries.at(-1)
  }

  /** A copy: what a replica has received so far. */
  clone(): MemoryLog {
    const copy = new MemoryLog(this.incarnation, this.#options)
    copy.#entries = [...this.#entries]
    copy.#epoch = this.#epoch
    copy.#bornIn = this.#bornIn
    copy.#born = this.#born
    copy.#settled = this.#settled
    copy.#beats = this.#beats
    copy.#openings = this.#openings
    copy.#members = new Map(this.#members)
    copy.#regions = new Map(this.#regions)
    copy.#tags = new Map(this.#tags)
    copy.#floor = this.#floor
    return copy
  }

  /** Drops the oldest entries but for `length` of them, of which there is one at least. */
  trim(length: number): void {
    this.#entries.splice(0, Math.max(0, this.#entries.length - Math.max(1, length)))
  }

  /** What is to be published: the entry, and before it one that opens a new epoch if the log was not whole. */
  append(message: Message, knownEpoch: number, retry: boolean): { entry: LiveEntry; published: LiveEntry[] } {
    const published = this.#ensure(knownEpoch, false)
    const known = retry ? this.#entries.find(({ id }) => id === message.id) : undefined
    if (known) {
      return { entry: known, published }
    }
    if (message.kind === 'clear-all') {
      const entry = this.#open(Math.max(this.#epoch, knownEpoch) + 1, message)
      return { entry, published: [...published, entry] }
    }
    const last = this.#last
    const { epoch, seq } = last.position
    const chain = nextChain(this.#bornIn, last.chain, message.id)
    const position = { epoch, seq: seq + 1 }
    const entry: LiveEntry = { position, chain, previous: last.chain, id: message.id, message }
    this.#entries.push(entry)
    this.trim(this.#options.length)
    this.#mark(message, position.seq)
    return { entry, published: [...published, entry] }
  }

  beat(beat: Beat): { reply: BeatReply; published: LiveEntry[] } {
    const published = this.#ensure(beat.knownEpoch, true)
    this.#beats += 1
    const applied = beat.applied ? formatPosition(beat.applied) : '-'
    this.#members.set(beat.nodeId, `${this.#beats} ${applied} ${beat.boundMs}`)
    for (const { id, mark } of beat.gone) {
      if (this.#members.get(id) === mark) {
        this.#members.delete(id)
      }
    }
    this.#settled ||= beat.watched === this.#born
    const { position, chain } = this.#last
    const reply: BeatReply = {
      tail: { position, chain },
      incarnation: this.#bornIn,
      beats: this.#beats,
      born: this.#born,
      settled: this.#settled,
      members: this.#listMembers(),
    }
    return { reply, published }
  }

  members(knownEpoch: number): { reply: Membership; published: LiveEntry[] } {
    const published = this.#ensure(knownEpoch, true)
    const { position } = this.#last
    return { reply: { position, settled: this.#settled, members: this.#listMembers() }, published }
  }

  leave(nodeId: string): void {
    this.#members.delete(nodeId)
  }

  page(from: Position, count: number): LogEntry[] {
    const first = this.#entries.findIndex(
      ({ position }) => position.epoch > from.epoch || (position.epoch === from.epoch && position.seq >= from.seq),
    )
    return first < 0 ? [] : this.#entries.slice(first, first + count)
  }

  markers({ footing, region, tags }: MarkerQuery): MarkerReport | undefined {
    return this.holds(footing)
      ? {
          region: this.#regions.get(region) ?? 0,
          floor: this.#floor,
          tags: tags.map((tag) => this.#tags.get(tag) ?? 0),
        }
      : undefined
  }

  /** Whether this entry is in the log: then the log has seen all that came before it as well. */
  holds({ position, chain }: Tail): boolean {
    const first = this.#entries[0]
    const entry = first && position.epoch === this.#epoch ? this.#entries[position.seq - first.position.seq] : undefined
    return entry?.chain === chain
  }

  get #last(): LiveEntry {
    const last = this.#entries.at(-1)
    if (!last) {
      throw new Error('A log begins with the entry that opens its epoch')
    }
    return last
  }

  #listMembers(): Member[] {
    return [...this.#members].map(([id, mark]) => ({ id, mark }))
  }

  #ensure(knownEpoch: number, prove: boolean): LiveEntry[] {
    const whole = this.#entries.length > 0 && this.#epoch >= knownEpoch
    if (whole && !(prove && this.#bornIn !== this.incarnation)) {
      return []
    }
    return [this.#open(Math.max(this.#epoch, knownEpoch) + 1, undefined)]
  }

  #open(epoch: number, message: Message | undefined): LiveEntry {
    if (!message) {
      this.#bornIn = this.incarnation
      this.#born = `${epoch}`
      this.#settled = false
      this.#beats = 0
      this.#members = new Map()
    }
    this.#epoch = epoch
    this.#regions = new Map()
    this.#tags = new Map()
    this.#floor = 0
    this.#openings += 1
    const id = message?.id ?? `opening ${this.#openings}`
    const chain = firstChain(this.#bornIn, epoch, id)
    const entry: LiveEntry = { position: { epoch, seq: 0 }, chain, previous: '', id, message }
    this.#entries = [entry]
    return entry
  }

  #mark(message: Message, seq: number): void {
    for (const region of message.kind === 'clear' ? message.regions : []) {
      this.#regions.set(region, seq)
    }
    for (const tag of message.kind === 'invalidate-tags' ? message.tags : []) {
      this.#tags.delete(tag)
      this.#tags.set(tag, seq)
    }
    for (const [tag, marker] of this.#tags) {
      if (this.#tags.size <= this.#options.maxTags) {
        break
      }
      this.#tags.delete(tag)
      this.#floor = marker
    }
  }
}
