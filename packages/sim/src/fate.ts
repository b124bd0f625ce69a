import { MemoryLog } from '@rescind/bus/internal'
import type { Context } from './context.ts'
import { L2Data } from './l2-data.ts'

/** All that a server holds, and its replicas a while later. */
export interface Dataset {
  readonly log: MemoryLog
  readonly l2: L2Data
  /** The incarnation that the epoch of the log is bound to. */
  bornIn: string
  /** What is left of a log whose entries were deleted, until it is begun anew. */
  remains: MemoryLog | undefined
}

const MAX_SNAPSHOTS = 5

/** What happens to the data of a server: failovers, restarts, losses. */
export class Fate {
  readonly #context: Context
  readonly #name: string
  #incarnations = 1
  #snapshots: Dataset[] = []
  data: Dataset

  constructor(name: string, context: Context) {
    this.#name = name
    this.#context = context
    this.data = this.#empty()
  }

  get incarnation(): string {
    return `${this.#name}.${this.#incarnations}`
  }

  /** Its replica has received all up to now. */
  snapshot(): void {
    this.#snapshots.push(copyOf(this.data))
    if (this.#snapshots.length > MAX_SNAPSHOTS) {
      this.#snapshots.shift()
    }
  }

  /** Goes on with what it was some snapshots ago, the last one being 0, under a new incarnation. */
  goBack(snapshots: number): void {
    const kept = Math.max(0, this.#snapshots.length - (snapshots % MAX_SNAPSHOTS))
    const old = this.#snapshots[kept - 1]
    // What came after it is gone for good.
    this.#snapshots.splice(kept)
    this.data = old ? copyOf(old) : this.#empty()
    this.beAnother()
  }

  /** Restarts with nothing. */
  lose(): void {
    this.#snapshots = []
    this.data = this.#empty()
    this.beAnother()
  }

  /** Is promoted, or restarts, with what it has. */
  beAnother(): void {
    this.#incarnations += 1
    this.#bind()
  }

  /** FLUSHALL. */
  wipe(): void {
    this.#beginAnew()
    this.data = this.#empty()
    this.#bind()
  }

  /** DEL of the log alone. */
  deleteLog(): void {
    this.#beginAnew()
    const { log, l2, bornIn, remains } = this.data
    this.data = { log: this.#newLog(), l2, bornIn, remains: remains ?? log }
    this.#bind()
  }

  trim(length: number): void {
    this.data.log.trim(length)
  }

  /** The script puts the time into the chain of a log that begins anew, by which it is like no other; this model knows none. */
  #beginAnew(): void {
    this.#incarnations += 1
  }

  #empty(): Dataset {
    return { log: this.#newLog(), l2: new L2Data(), bornIn: '', remains: undefined }
  }

  #newLog(): MemoryLog {
    const { logLength, sharedTags } = this.#context.setup
    return new MemoryLog(this.incarnation, { length: logLength, maxTags: sharedTags })
  }

  #bind(): void {
    if (this.#context.mutant !== 'epoch not bound to the incarnation' || this.data.log.tail === undefined) {
      this.data.log.incarnation = this.incarnation
    }
  }
}

function copyOf({ log, l2, bornIn, remains }: Dataset): Dataset {
  return { log: log.clone(), l2: l2.clone(), bornIn, remains: remains?.clone() }
}
