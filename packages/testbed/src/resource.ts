/** Something a test must give back: a process, a listening socket. */
export interface Resource {
  /** What it is, in a few words, with its pid or port. */
  readonly what: string
  /** Ends it at once and without waiting, since the process may be exiting; never throws. */
  destroy(): void
}

export interface OpenResource extends Resource {
  /** The first place outside this package on the stack that acquired it. */
  readonly acquiredAt: string
}

const open = new Set<OpenResource>()
let guarded = false

/** Counts a resource as open until the answer is called, and ends it should the process exit first. */
export function track(resource: Resource): () => void {
  guardExit()
  const acquiredAt = caller(new Error().stack ?? '')
  const entry: OpenResource = {
    get what() {
      return resource.what
    },
    acquiredAt,
    destroy: () => resource.destroy(),
  }
  open.add(entry)
  return () => {
    open.delete(entry)
  }
}

/** What was acquired and not yet given back. */
export function openResources(): readonly OpenResource[] {
  return [...open]
}

/** Ends a resource that nobody gave back and forgets it. */
export function reclaim(resource: OpenResource): void {
  open.delete(resource)
  resource.destroy()
}

function reclaimAll(): void {
  for (const resource of open) reclaim(resource)
}

function guardExit(): void {
  if (guarded) return
  guarded = true
  process.once('exit', reclaimAll)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => endedBy(signal))
}

function endedBy(signal: NodeJS.Signals): void {
  // Whoever else listens decides when to exit, and the exit reclaims.
  if (process.listenerCount(signal) > 0) return
  reclaimAll()
  process.kill(process.pid, signal)
}

const here = new URL('.', import.meta.url).href

function caller(stack: string): string {
  const frames = stack.split('\n').slice(1)
  return frames.find(isOutside)?.trim().replace(/^at /, '') ?? 'an unknown place'
}

function isOutside(frame: string): boolean {
  return !frame.includes(here) || /\.test\.[jt]s|\/fixtures\//.test(frame)
}
