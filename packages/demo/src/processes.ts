import { setMaxListeners } from 'node:events'
import { type NodeChild, spawnNode } from '@rescind/testbed'
import { Closing } from './closing.ts'
import { within } from './until.ts'

const startWithinMs = 30_000
const stopWithinMs = 5_000

/** The processes of the demo: started, watched, and stopped in the end, the last one first. */
export class Processes {
  /** Stops them; others who have something to undo at its place in the order add it. */
  readonly closing: Closing = new Closing()
  /** Aborted from outside, or when a process ended that was not asked to: nothing is worth waiting for then. */
  readonly signal: AbortSignal
  readonly #failure = new AbortController()
  readonly #stopping = new Set<NodeChild>()
  #death: Error | undefined

  constructor(interruption: AbortSignal) {
    this.signal = AbortSignal.any([interruption, this.#failure.signal])
    // Every request under way listens.
    setMaxListeners(0, this.signal)
  }

  /** The first process that ended unasked, in words. */
  get death(): Error | undefined {
    return this.#death
  }

  /**
   * Starts a process and registers its end: first asked to stop, then made to.
   *
   * @param script the compiled script, relative to the root of the compiled package.
   */
  async start(name: string, script: string): Promise<NodeChild> {
    this.signal.throwIfAborted()
    const child = await spawnNode(new URL(script, import.meta.url), { withinMs: startWithinMs })
    this.closing.add(() => this.#stop(name, child))
    // Never rejects.
    void child.exited.then((how) => this.#onExit(name, child, how))
    return child
  }

  async #stop(name: string, child: NodeChild): Promise<void> {
    this.#stopping.add(child)
    const { signal } = new AbortController()
    const stopped = child.running ? child.call('stop') : Promise.resolve()
    await within(`${name} to stop`, stopped, { withinMs: stopWithinMs, signal }).finally(() => child.stop())
  }

  #onExit(name: string, child: NodeChild, how: string): void {
    if (this.#stopping.has(child) || this.signal.aborted) return
    this.#death = new Error(`The process ${name} ended with ${how}`)
    this.#failure.abort(this.#death)
  }
}
