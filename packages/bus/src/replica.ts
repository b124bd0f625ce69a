import { firstChain, nextChain } from './chain.ts'
import { type LiveEntry, type LogEntry, sameEntry, type Tail } from './log-entry.ts'
import { comparePositions, type Position } from './position.ts'
import { Proofs } from './proofs.ts'
import type { BeatReport, FlushReason, ReplicaEffect, ReplicaEvent } from './replica-event.ts'
import type { Phase } from './replica-phase.ts'
import { Ring } from './ring.ts'

/** Live entries kept until it is known what they follow; more than that are read from the log. */
const MAX_HEARD = 512

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
  #incarnation = ''
  /** An entry of this node that was acknowledged, and is ahead of what was applied. */
  #ahead: Tail | undefined
  readonly #proofs = new Proofs()
  readonly #ring = new Ring()

  /** The last entry of the log that was applied, or adopted; undefined before the first contact. */
  get applied(): Tail | undefined {
    return this.#applied
  }

  /**
   * Names the epoch by its server too, in a few characters: a number alone can be given twice, where a server's clock has
   * stepped back and what was told of the number was lost. Empty before the first contact.
   */
  get era(): string {
    return this.#applied ? `${this.#applied.position.epoch}-${this.#incarnation.slice(0, 8)}` : ''
  }

  /** Every message that was in the log at this time of the node's clock has been applied. -Infinity before the first proof. */
  get provenAt(): number {
    return this.#proofs.provenAt
  }

  /**
   * The last entry that has taken effect here: a log that holds it has seen all that this node has, and all that its
   * proof stands for. None before the first contact, or while a new epoch is known only by an entry of this node.
   */
  get footing(): Tail | undefined {
    const [ahead, applied] = [this.#ahead, this.#applied]
    if (!ahead || !applied) {
      return applied
    }
    // Between two epochs there is none: what was applied is over, and what is to come is not known.
    return ahead.position.epoch === applied.position.epoch ? ahead : undefined
  }

  /**
   * Whether the message at this position, under a chain that begins like this, has taken effect here. False for one that
   * is too long ago to be told from another at its place.
   */
  covers(position: Position, chain: string): boolean {
    const applied = this.#applied
    if (!applied || position.epoch > applied.position.epoch) {
      return false
    }
    // An epoch that was left has taken everything with it.
    return position.epoch < applied.position.epoch || this.#ring.chainAt(position)?.startsWith(chain) === true
  }

  get phase(): Phase['type'] {
    return this.#phase.type
  }

  /** Forgets the proof, for good: this node is about to stop listening, and nobody will wait for it any more. */
  retire(): void {
    this.#proofs.retire()
  }

  handle(event: ReplicaEvent): ReplicaEffect[] {
    const effects: ReplicaEffect[] = []
    switch (event.type) {
      case 'connected':
        this.#phase = { type: 'joining', heard: [] }
        break
      case 'disconnected':
        this.#proofs.expectNone()
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
    if (!applied || this.#ring.has(entry) || entry.position.epoch < applied.position.epoch) {
      return
    }
    if (entry.position.epoch > applied.position.epoch) {
      this.#onNewEpoch(entry, effects)
    } else if (comparePositions(entry.position, applied.position) > 0) {
      this.#onLaterEntry(entry, applied, effects)
    } else if (this.#ring.contradicts(entry) && this.#isGenuine(entry, effects)) {
      this.#sync(applied, [], effects)
    }
  }

  #onLaterEntry(entry: LiveEntry, applied: Tail, effects: ReplicaEffect[]): void {
    if (!this.#isGenuine(entry, effects)) {
      return
    }
    if (entry.previous === applied.chain && isNext(entry, applied)) {
      this.#advance(entry, effects)
    } else {
      // It was in the log before it was heard, so the page will bring it: it need not be kept.
      this.#sync(applied, [], effects)
    }
  }

  #isGenuine({ chain, previous, id }: LiveEntry, effects: ReplicaEffect[]): boolean {
    const genuine = chain === nextChain(this.#incarnation, previous, id)
    if (!genuine) {
      effects.push({ type: 'forged' })
    }
    return genuine
  }

  #onNewEpoch(entry: LiveEntry, effects: ReplicaEffect[]): void {
    const { epoch, seq } = entry.position
    if (seq === 0 && entry.chain === firstChain(this.#incarnation, epoch, entry.id)) {
      const cleared = entry.message?.kind === 'clear-all'
      this.#enter(entry, cleared ? 'cleared' : 'epoch', effects)
      if (cleared) {
        // The history goes on, and the proof with it.
        return
      }
    }
    // If it was not entered, it is of a server that this node has not met, or forged: only a beat can tell.
    effects.push({ type: 'beat' })
  }

  /** The writer's own entry takes effect before its promise resolves, whatever the state of the replica. */
  #onAppended(entry: LiveEntry, effects: ReplicaEffect[]): void {
    this.#onEntry(entry, effects)
    if (this.#ring.has(entry) || !entry.message) {
      return
    }
    const applied = this.#applied
    if (!applied || comparePositions(entry.position, applied.position) > 0) {
      this.#ahead = entry
    }
    if (entry.message.kind === 'clear-all') {
      // The epoch is entered when the log says so; until then this node continues where it was, with nothing.
      effects.push({ type: 'flush', reason: 'cleared', position: (applied ?? entry).position })
    } else if (applied && this.#ahead !== entry && entry.position.epoch === applied.position.epoch) {
      // At a place that this node had passed: by numbers, what it holds would seem to have seen the message.
      effects.push({ type: 'flush', reason: 'fork', position: applied.position })
    } else {
      effects.push({ type: 'apply', message: entry.message, position: entry.position })
    }
  }

  #onBeat(report: BeatReport, effects: ReplicaEffect[]): void {
    const { appliedAtSend } = report
    const { tail } = report.state
    const applied = this.#applied
    if (this.#phase.type === 'down') {
      return
    }
    if (!applied) {
      this.#adopt(report, 'joined', effects)
    } else if (this.#phase.type === 'lost') {
      this.#adopt(report, tail.position.epoch === applied.position.epoch ? 'fork' : 'epoch', effects)
    } else if (tail.position.epoch > applied.position.epoch) {
      this.#adopt(report, 'epoch', effects)
    } else if (appliedAtSend && comparePositions(tail.position, appliedAtSend.position) < 0) {
      // The log lost what this node had applied.
      this.#adopt(report, 'fork', effects)
    } else if (tail.position.epoch < applied.position.epoch) {
      // Asked in an epoch that has ended since.
      return
    } else if (comparePositions(tail.position, applied.position) > 0) {
      this.#proofs.expect(report.sentAt, tail)
      if (this.#phase.type !== 'syncing') {
        this.#sync(applied, [], effects)
      }
    } else if (this.#ring.has(tail)) {
      this.#proofs.prove(report.sentAt)
      if (this.#phase.type === 'joining') {
        this.#goLive(this.#phase.heard, effects)
      }
    } else if (this.#ring.contradicts(tail) || this.#phase.type === 'joining') {
      this.#adopt(report, 'fork', effects)
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
    this.#settleAhead(position)
    this.#ring.add(this.#applied)
    // What cannot be read may name anything.
    effects.push(message ? { type: 'apply', message, position } : { type: 'flush', reason: 'unreadable', position })
    this.#proofs.fulfil(this.#applied)
  }

  #adopt(report: BeatReport, reason: FlushReason, effects: ReplicaEffect[]): void {
    this.#incarnation = report.state.incarnation
    this.#proofs.prove(report.sentAt)
    this.#enter(report.state.tail, reason, effects)
  }

  /** One event: whatever is loaded from here on has seen all that the tail stands for. */
  #enter({ position, chain }: Tail, reason: FlushReason, effects: ReplicaEffect[]): void {
    const heard = 'heard' in this.#phase ? this.#phase.heard : []
    this.#applied = { position, chain }
    this.#settleAhead(position)
    this.#ring.restart(this.#applied)
    this.#proofs.expectNone()
    effects.push({ type: 'flush', reason, position })
    this.#goLive(heard, effects)
  }

  #settleAhead(applied: Position): void {
    if (this.#ahead && comparePositions(this.#ahead.position, applied) <= 0) {
      this.#ahead = undefined
    }
  }
}

/** Seqs are counted without gaps: a gap is an entry that was deleted. */
function isNext({ position }: Tail, before: Tail): boolean {
  return position.epoch === before.position.epoch && position.seq === before.position.seq + 1
}
