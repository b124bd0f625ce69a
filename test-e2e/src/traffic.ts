import { setTimeout as pause } from 'node:timers/promises'
import type { Read } from './cache-node.ts'
import type { Fleet } from './fleet.ts'
import type { Write } from './writer.ts'

const thinkMs = 5

/** Nodes that read and a write service that writes, each as fast as it gets answers, until told to stop. */
export class Traffic {
  readonly reads: Read[] = []
  readonly writes: Write[] = []
  readonly #ids: readonly string[]
  readonly #done: Promise<unknown>
  #stopping = false

  constructor({ nodes, writer }: Fleet, ids: readonly string[]) {
    this.#ids = ids
    const reading = nodes.map((node) =>
      this.#repeat(async () => this.reads.push(...(await node.call('read', this.#some(10))))),
    )
    const writing = this.#repeat(async () => this.writes.push(...(await writer.call('tryWrite', this.#some(3)))))
    this.#done = Promise.all([writing, ...reading])
    // A failure is for `stop()` to report, however much later that comes.
    this.#done.catch(() => {})
  }

  /** Rejects if anything failed that should not have. */
  async stop(): Promise<void> {
    this.#stopping = true
    await this.#done
  }

  /** The highest version written of each item. */
  get latest(): number[] {
    return this.#ids.map((id) =>
      this.writes.reduce((highest, write) => (write.id === id ? Math.max(highest, write.version) : highest), 1),
    )
  }

  async #repeat(step: () => Promise<unknown>): Promise<void> {
    while (!this.#stopping) {
      await step()
      await pause(thinkMs)
    }
  }

  #some(count: number): string[] {
    const start = Math.floor(Math.random() * (this.#ids.length - count))
    return this.#ids.slice(start, start + count)
  }
}
