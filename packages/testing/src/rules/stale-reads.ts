import type { ByKey } from '../by-key.ts'
import type { Findings } from '../findings.ts'
import type { ReadRecord, WriteRecord } from '../history.ts'
import type { KeyHistory } from '../key-history.ts'
import type { Rule } from '../report.ts'
import { whatWasMissed, whatWasRead } from '../wording.ts'

export interface StaleReadsOptions {
  readonly maxStalenessMs: number
  readonly writes: readonly WriteRecord[]
  readonly keys: ByKey<KeyHistory>
  readonly findings: Findings
}

/** All writes of one token. */
interface Message {
  /** All of it. */
  committedAt: number
  readonly writes: Map<KeyHistory, WriteRecord>
}

/** Judges single reads by what was written. */
export class StaleReads {
  readonly #maxStalenessMs: number
  readonly #findings: Findings
  readonly #keys: ByKey<KeyHistory>
  readonly #messages = new Map<string, Message>()

  constructor({ maxStalenessMs, writes, keys, findings }: StaleReadsOptions) {
    this.#maxStalenessMs = maxStalenessMs
    this.#findings = findings
    this.#keys = keys
    for (const write of writes) {
      this.#noteToken(write)
    }
  }

  /** For how long what was read had been overtaken when the read began, in ms. */
  judge(read: ReadRecord): number {
    const { invokedAt } = read
    const history = this.#keys.of(read)
    const version = history.versionSeen(read.version, read.returnedAt)
    const boundMs = Math.min(this.#maxStalenessMs, read.maxStalenessMs ?? Number.POSITIVE_INFINITY)
    const seen = { read, version }
    this.#require('bounded staleness', seen, history.acked.newestBefore(invokedAt - boundMs))
    this.#require('tags', seen, history.ackedTogether.newestBefore(invokedAt - boundMs))
    this.#require('own writes', seen, history.ackedBy(read.process)?.newestBefore(invokedAt))
    this.#require('confirmed', seen, history.confirmed.newestBefore(invokedAt))
    if (read.after !== undefined) {
      this.#require('token', seen, this.#newestUpTo(read.after, history))
    }
    this.#judgeExistence(read, history)
    return Math.max(0, invokedAt - history.acked.overtakenAt(version))
  }

  #require(rule: Rule, { read, version }: { read: ReadRecord; version: number }, write: WriteRecord | undefined): void {
    if (write === undefined) {
      return
    }
    this.#findings.judged(rule)
    if (version < write.version) {
      this.#findings.broken(rule, [read, write], () => `${whatWasRead(read)}, ${whatWasMissed(read, write)}`)
    }
  }

  /** The newest version of the key that somebody with this token may count on. */
  #newestUpTo(token: string, history: KeyHistory): WriteRecord | undefined {
    const message = this.#messages.get(token)
    // What was acknowledged before this message was sent stands before it in the log.
    const before = message && history.acked.newestBefore(message.committedAt)
    return newer(before, message?.writes.get(history))
  }

  #noteToken(write: WriteRecord): void {
    const { token, committedAt } = write
    if (token === undefined) {
      return
    }
    let message = this.#messages.get(token)
    if (!message) {
      message = { committedAt, writes: new Map() }
      this.#messages.set(token, message)
    }
    message.committedAt = Math.max(message.committedAt, committedAt)
    const history = this.#keys.of(write)
    message.writes.set(history, newer(message.writes.get(history), write) ?? write)
  }

  #judgeExistence(read: ReadRecord, history: KeyHistory): void {
    const { version } = read
    if (version === undefined) {
      return
    }
    this.#findings.judged('future')
    if (!history.existsBy(read.returnedAt, version)) {
      const [write] = history.version(version)?.records ?? []
      const when = write ? 'before it was committed' : 'which nobody committed'
      this.#findings.broken('future', write ? [read, write] : [read], () => `${whatWasRead(read)}, ${when}`)
    }
  }
}

function newer(a: WriteRecord | undefined, b: WriteRecord | undefined): WriteRecord | undefined {
  return a && b && b.version > a.version ? b : (a ?? b)
}
