import type { Cache } from '@rescind/client'
import type { FaultRecord, HistoryRecord } from './history.ts'
import type { HubLink, LinkState } from './hub-link.ts'
import { machineNow } from './machine-clock.ts'
import type { Recorder } from './recorder.ts'

/** One cache of a cluster in memory, what it does to be recorded, and its link to the others. */
export class TestNode {
  readonly name: string
  readonly cache: Cache
  /** For what this node reads and writes; it hears of what the node applies and drops by itself. */
  readonly recorder: Recorder
  readonly #link: HubLink
  #fault: FaultRecord | undefined

  constructor(recorder: Recorder, cache: Cache, link: HubLink) {
    this.name = recorder.process
    this.cache = cache
    this.recorder = recorder
    this.#link = link
  }

  /** Cuts it off, both ways: it hears nothing, its writes are queued, and it has no proof of freshness any more. */
  isolate(): void {
    this.#break('isolated', 'cut')
  }

  /** Holds back what the others write. The next heartbeat still finds out, as on a broken subscription. */
  hold(): void {
    this.#break('held', 'held')
  }

  /** As `hold`, but what comes is lost for good. */
  drop(): void {
    this.#break('deaf', 'deaf')
  }

  /** Mends the link. What was held arrives now; one that was isolated connects within about a second. */
  heal(): void {
    this.#end()
    this.#link.state = 'whole'
  }

  /** What was recorded of this node. */
  get records(): readonly HistoryRecord[] {
    return this.#fault ? [...this.recorder.records, this.#fault] : this.recorder.records
  }

  #break(what: string, state: LinkState): void {
    this.#end()
    // A node that comes back reads on where it was: none of these may cost what it holds.
    this.#fault = {
      type: 'fault',
      what: `${this.name} ${what}`,
      processes: [this.name],
      from: machineNow(),
      mayFlush: false,
    }
    this.#link.state = state
  }

  #end(): void {
    if (this.#fault) {
      this.recorder.record({ ...this.#fault, until: machineNow() })
      this.#fault = undefined
    }
  }
}
