import type { LiveEntry, LogEntry, Tail } from './log-entry.ts'
import type { Message } from './message.ts'
import { comparePositions, type Position } from './position.ts'
import { Ring } from './ring.ts'

/**
 * Why all that a node holds was dropped. `joined`: its first contact, when there is nothing to compare with; `epoch`:
 * a new epoch (restart, failover, lost log); `fork`: the log is not the one that was applied, or was trimmed past it;
 * `unreadable`: a message that this release does not know.
 */
export type FlushReason = 'joined' | 'epoch' | 'fork' | 'unreadable'

export type ReplicaEvent =
  /** A session is open and its subscription acknowledged. A beat must follow. */
  | { readonly type: 'connected' }
  | { readonly type: 'disconnected' }
  /** A broadcast was heard. */
  | { readonly type: 'heard'; readonly entry: LiveEntry }
  /** A publish of this node was acknowledged. */
  | { readonly type: 'appended'; readonly entry: LiveEntry }
  /** The reply to a beat, with what was noted before the beat was sent: the time, and what was applied. */
  | { readonly type: 'beat'; readonly sentAt: number; readonly appliedAtSend: Tail | undefined; readonly tail: Tail }
  /** The reply to a `fetch`. `full`: there may be more after it. */
  | { readonly type: 'page'; readonly from: Tail; readonly entries: readonly LogEntry[]; readonly full: boolean }

export type ReplicaEffect =
  | { readonly type: 'apply'; readonly message: Message; readonly position: Position }
  /** Drop everything and doom every load in flight; the node continues at `position`. */
  | { readonly type: 'flush'; readonly reason: FlushReason; readonly position: Position }
  /** Read the log from this tail on, inclusive. */
  | { readonly type: 'fetch'; readonly from: Tail }
  /** Send a beat now. */
  | { readonly type: 'beat' }

/**
 * What the replica is doing.
 *
 * ```
 *            connected            beat: tail is ours, or adopted
 *    down ------------> joining ---------------------------------> live
 *     ^                   |  \                                    ^    |  gap, or a beat
 *     | disconnected      |   `--- beat: we are behind ---.       |    |  says we are behind
 *     | (from anywhere)   |                               v  last |    v
 *     |                   |                              syncing -'  syncing
 *     |                   |                                 |
 *     |                   `---------- lost <----------------'  the page does not continue what was applied
 *     |                                 `-- beat: flush, adopt its tail --> live
 * ```
 */
type Phase =
  | { readonly type: 'down' }
  | { readonly type: 'joining'; readonly heard: LiveEntry[] }
  | { readonly type: 'syncing'; readonly heard: LiveEntry[]; readonly from: Tail }
  | { readonly type: 'lost'; readonly heard: LiveEntry[] }
  | { readonly type: 'live' }

interface PendingProof {
  readonly sentAt: number
  readonly tail: Tail
}

/** Live entries kept until it is known what they follow; more than that are read from the log. */
const MAX_HEARD = 4096
/** Beats that wait for their tail to be applied; the next beats will do as well. */
const MAX_PENDING = 16

/**
 * The node's copy of the log, as a state machine: events in, effects out; no sockets, timers or clock. It applies
 * every message of the log once, in order, or flushes; and it knows up to which time that is proven (`provenAt`).
 *
 * A message extends what was applied if and only if its previous chain is the replica's own. Positions alone prove
 * nothing: a failover hands the same ones out again.
 */
export class Replica {
  #phase: Phase = { type: 'down' }
  #applied: Tail | undefined
  #provenAt = Number.NEGATIVE_INFINITY
  #pending: PendingProof[] = []
  readonly #ring = new Ring()

  /** The last entry of the log that was applied, or adopted; undefined before the first contact. */
  get applied(): Tail | undefined {
    return this.#applied
  }

  /** Every message that was in the log at this time of the node's clock has been applied. -Infinity before the first proof. */
  get provenAt(): number {
    return this.#provenAt
  }

  get phase(): Phase['type'] {
    return this.#phase.type
  }

  handle(event: ReplicaEvent): ReplicaEffect[] {
    const effects: ReplicaEffect[] = []
    switch (event.type) {
      case 'connected':
        this.#phase = { type: 'joining', heard: [] }
        break
      case 'disconnected':
        this.#pending = []
        this.#phase = { type: 'down' }
        break
      case 'heard':
        this.#onEntry(event.entry, effects)
        break
      case 'appended':
        this.#onAppended(event.entry, effects)
        break
      case 'beat':
        this.#onBeat(event, effects)
        break
      case 'page':
        this.#onPage(event.from, event.entries, event.full, effects)
        break
    }
    return effects
  }

  #onEntry(entry: LiveEntry, effects: ReplicaEffect[]): void {
    const phase = this.#phase
    if (phase.type === 'live') {
      this.#onLiveEntry(entry, effects)
    } else if (phase.type !== 'down') {
      // A reply is handled a little later than the broadcasts that came with it: these may follow what it says.
      if (phase.heard.length === MAX_HEARD) {
        // The next one will not fit what is applied by then, and so asks for a page.
        phase.heard.length = 0
      }
      phase.heard.push(entry)
    }
  }

  #onLiveEntry(entry: LiveEntry, effects: ReplicaEffect[]): void {
    const applied = this.#applied
    if (!applied) {
      return
    }
    if (entry.previous === applied.chain && isNext(entry, applied)) {
      this.#advance(entry, effects)
    } else if (comparePositions(entry.position, applied.position) > 0 || this.#ring.contradicts(entry)) {
      // It was in the log before it was heard, so the page will bring it: it need not be kept.
      this.#sync(applied, [], effects)
    }
  }

  /** The writer's own entry takes effect before its promise resolves, whatever the state of the replica. */
  #onAppended(entry: LiveEntry, effects: ReplicaEffect[]): void {
    this.#onEntry(entry, effects)
    if (!this.#ring.has(entry) && entry.message) {
      effects.push({ type: 'apply', message: entry.message, position: entry.position })
    }
  }

  #onBeat(beat: PendingProof & { readonly appliedAtSend: Tail | undefined }, effects: ReplicaEffect[]): void {
    const { tail, appliedAtSend } = beat
    const applied = this.#applied
    if (this.#phase.type === 'down') {
      return
    }
    if (!applied) {
      this.#adopt(beat, 'joined', effects)
    } else if (this.#phase.type === 'lost') {
      this.#adopt(beat, tail.position.epoch === applied.position.epoch ? 'fork' : 'epoch', effects)
    } else if (tail.position.epoch > applied.position.epoch) {
      this.#adopt(beat, 'epoch', effects)
    } else if (appliedAtSend && comparePositions(tail.position, appliedAtSend.position) < 0) {
      // The log lost what this node had applied.
      this.#adopt(beat, 'fork', effects)
    } else if (comparePositions(tail.position, applied.position) > 0) {
      this.#expect(beat)
      if (this.#phase.type !== 'syncing') {
        this.#sync(applied, [], effects)
      }
    } else if (this.#ring.has(tail)) {
      this.#prove(beat)
      if (this.#phase.type === 'joining') {
        this.#goLive(this.#phase.heard, effects)
      }
    } else if (this.#ring.contradicts(tail) || this.#phase.type === 'joining') {
      this.#adopt(beat, 'fork', effects)
    }
  }

  #onPage(from: Tail, entries: readonly LogEntry[], full: boolean, effects: ReplicaEffect[]): void {
    const phase = this.#phase
    if (phase.type !== 'syncing' || !sameEntry(phase.from, from)) {
      return
    }
    const [first, ...rest] = entries
    if (!first || !sameEntry(first, from) || rest.some((entry, n) => !isNext(entry, entries[n] ?? first))) {
      this.#phase = { type: 'lost', heard: phase.heard }
      effects.push({ type: 'beat' })
      return
    }
    for (const entry of rest) {
      this.#advance(entry, effects)
    }
    if (full) {
      this.#sync(this.#applied ?? from, phase.heard, effects)
    } else {
      this.#goLive(phase.heard, effects)
    }
  }

  #goLive(heard: readonly LiveEntry[], effects: ReplicaEffect[]): void {
    this.#phase = { type: 'live' }
    for (const entry of heard) {
      this.#onEntry(entry, effects)
    }
  }

  #sync(from: Tail, heard: LiveEntry[], effects: ReplicaEffect[]): void {
    this.#phase = { type: 'syncing', from, heard }
    effects.push({ type: 'fetch', from })
  }

  #advance(entry: LogEntry, effects: ReplicaEffect[]): void {
    const { position, chain, message } = entry
    this.#applied = { position, chain }
    this.#ring.add(this.#applied)
    // What cannot be read may name anything.
    effects.push(message ? { type: 'apply', message, position } : { type: 'flush', reason: 'unreadable', position })
    this.#fulfil()
  }

  /** One event: whatever is loaded from here on has seen all that the tail stands for. */
  #adopt(beat: PendingProof, reason: FlushReason, effects: ReplicaEffect[]): void {
    const { position, chain } = beat.tail
    const heard = 'heard' in this.#phase ? this.#phase.heard : []
    this.#applied = { position, chain }
    this.#ring.restart(this.#applied)
    this.#pending = []
    effects.push({ type: 'flush', reason, position })
    this.#prove(beat)
    this.#goLive(heard, effects)
  }

  #prove(proof: PendingProof): void {
    this.#provenAt = Math.max(this.#provenAt, proof.sentAt)
  }

  #expect(proof: PendingProof): void {
    if (this.#pending.length < MAX_PENDING) {
      this.#pending.push(proof)
    }
  }

  /** Tails come in order; the first that was passed under another chain proves nothing. */
  #fulfil(): void {
    const applied = this.#applied
    while (applied && this.#pending[0] && comparePositions(this.#pending[0].tail.position, applied.position) <= 0) {
      const [proof] = this.#pending.splice(0, 1)
      if (proof && sameEntry(proof.tail, applied)) {
        this.#prove(proof)
      }
    }
  }
}

function sameEntry(a: Tail, b: Tail): boolean {
  return a.chain === b.chain && comparePositions(a.position, b.position) === 0
}

/** Seqs are counted without gaps: a gap is an entry that was deleted. */
function isNext({ position }: Tail, before: Tail): boolean {
  return position.epoch === before.position.epoch && position.seq === before.position.seq + 1
}
