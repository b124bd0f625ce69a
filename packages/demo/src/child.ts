import { type NodeChild, spawnNode } from '@rescind/testbed'
import type { Closing } from './closing.ts'
import { within } from './until.ts'

export interface ChildOptions {
  /** What it is, for errors. */
  readonly name: string
  /** Compiled script, relative to the root of the compiled package. */
  readonly script: string
  readonly closing: Closing
  readonly signal: AbortSignal
}

const startWithinMs = 30_000
const stopWithinMs = 5_000

/** Starts a process of the demo and registers its end: first asked to stop, then made to. */
export async function startChild({ name, script, closing, signal }: ChildOptions): Promise<NodeChild> {
  signal.throwIfAborted()
  const child = await spawnNode(new URL(script, import.meta.url), { withinMs: startWithinMs })
  closing.add(async () => {
    const unbounded = new AbortController().signal
    const stopped = child.running ? child.call('stop') : Promise.resolve()
    await within(`${name} to stop`, stopped, { withinMs: stopWithinMs, signal: unbounded }).finally(() => child.stop())
  })
  return child
}
