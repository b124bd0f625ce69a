/** What happens to the writes of a region in this process, in the background. For logs, metrics and alerts. */
export type WriteBehindEvent =
  /** A call of `save` is over, and these writes are saved. */
  | { readonly type: 'saved'; readonly ids: readonly string[]; readonly ms: number }
  /** A write could not be saved, and will be tried again. */
  | {
      readonly type: 'retry'
      readonly id: string
      readonly sequence: number
      /** How many tries have failed. */
      readonly attempts: number
      readonly pauseMs: number
      readonly error: unknown
    }
  /** A write was given up. It is among the dead letters, and its key has the value of the source again. */
  | {
      readonly type: 'dead'
      readonly id: string
      readonly sequence: number
      readonly attempts: number
      readonly error: unknown
    }
  /** Something failed in the background, and is tried again. Told once for as long as it goes on. */
  | { readonly type: 'error'; readonly error: Error }

/** Tells events to whom they concern. What listeners throw becomes a process warning. */
export function teller(onEvent: ((event: WriteBehindEvent) => void) | undefined): (event: WriteBehindEvent) => void {
  if (onEvent) {
    // Not within the work that it is about.
    return (event) => void Promise.resolve(event).then(onEvent).catch(warn)
  }
  return (event) => {
    if (event.type === 'error') {
      warn(event.error)
    } else if (event.type === 'dead') {
      warn(`A write of ${JSON.stringify(event.id)} was given up after ${event.attempts} tries: ${event.error}`)
    }
  }
}

function warn(warning: unknown): void {
  process.emitWarning(warning instanceof Error ? warning : String(warning))
}
