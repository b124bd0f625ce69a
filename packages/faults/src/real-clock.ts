// Taken before any test can install a fake clock.
const { setTimeout, clearTimeout } = globalThis
const now = performance.now.bind(performance)

/** Milliseconds on the monotonic clock, fake timers or not. */
export function realNow(): number {
  return now()
}

/** Calls back after real milliseconds, fake timers or not; the answer takes it back. */
export function afterReal(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms)
  return () => clearTimeout(timer)
}

/** Real milliseconds, fake timers or not. */
export function realDelay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    afterReal(ms, resolve)
  })
}
