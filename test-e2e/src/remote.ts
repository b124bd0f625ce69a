import { type Methods, type NodeChild, type NodeChildOptions, spawnNode } from '@rescind/testbed'
import { expect } from 'chai'

type Params<M extends Methods, K extends keyof M> = M[K] extends (...params: infer P) => unknown ? P : never
type Result<M extends Methods, K extends keyof M> = Awaited<ReturnType<M[K]>>

/** A child process that serves the methods `M`; parent and child are compiled from the same type. */
export class Remote<M extends Methods> {
  readonly #child: NodeChild
  #killed = false

  private constructor(child: NodeChild) {
    this.#child = child
  }

  /** Starts a compiled script of this directory, such as `./cache-process.js`. */
  static async spawn<M extends Methods>(script: string, options?: NodeChildOptions): Promise<Remote<M>> {
    return new Remote<M>(await spawnNode(new URL(script, import.meta.url), options))
  }

  call<K extends keyof M & string>(method: K, ...params: Params<M, K>): Promise<Result<M, K>> {
    return this.#child.call(method, ...params) as Promise<Result<M, K>>
  }

  /** Hears what the process emits. */
  onEvent(listener: (event: unknown) => void): void {
    this.#child.onEvent(listener)
  }

  /** SIGSTOP. */
  pause(): void {
    this.#child.pause()
  }

  resume(): void {
    this.#child.resume()
  }

  /** SIGKILL; settles when the process is gone. */
  async kill(): Promise<void> {
    this.#killed = true
    await this.#child.kill()
  }

  stop(): Promise<void> {
    return this.#child.stop()
  }

  /** Fails if the process crashed or complained: an unhandled rejection does both, a warning the latter. */
  expectUnharmed(): void {
    if (this.#killed) return
    expect(this.#child.output(), `process ${this.#child.pid} wrote`).to.equal('')
    expect(this.#child.running, `process ${this.#child.pid} runs`).to.equal(true)
  }
}
