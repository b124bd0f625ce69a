import { machineClockMs } from './machine-clock.ts'

/** How much to send, bounded in number and in time. */
export interface Load {
  readonly calls: number
  readonly keysPerCall: number
  /** No call is begun after this long. */
  readonly forMs: number
  /** Calls begun per second, whether or not the ones before have settled; Infinity: as the callers become free. */
  readonly perSecond: number
  /** Most calls under way at a time. */
  readonly callers: number
}

/** When each call was begun, on the clock of the machine, and when the last one had settled. */
export interface Sent {
  readonly atMs: Float64Array
  readonly settledAtMs: number
}

/** Settles when every call that was begun has; rejects if one did. */
export function applyLoad(load: Load, call: (n: number) => Promise<void>): Promise<Sent> {
  const { calls, forMs, perSecond, callers } = load
  const atMs = new Float64Array(calls)
  const startedAtMs = machineClockMs()
  let begun = 0
  let underWay = 0

  return new Promise((resolve, reject) => {
    const settled = () => {
      underWay -= 1
      beginDue()
    }
    /** Answers whether there is nothing more to begin. */
    const beginDue = (): boolean => {
      for (;;) {
        const nowMs = machineClockMs()
        const elapsedMs = nowMs - startedAtMs
        if (begun === calls || elapsedMs >= forMs) {
          if (underWay === 0) resolve({ atMs: atMs.subarray(0, begun), settledAtMs: nowMs })
          return true
        }
        if (underWay >= callers || begun > (elapsedMs / 1_000) * perSecond) return false
        atMs[begun] = nowMs
        underWay += 1
        call(begun++).then(settled, reject)
      }
    }
    const tick = () => {
      if (!beginDue() && perSecond < Infinity) setTimeout(tick, msUntil(startedAtMs + (begun / perSecond) * 1_000))
    }
    tick()
  })
}

/** Timers have whole milliseconds: rounded up, so that the wait is not for nothing. */
function msUntil(timeMs: number): number {
  return Math.max(1, Math.ceil(timeMs - machineClockMs()))
}

/** Calls after which further keys are named again; made once, so that their making is not measured. */
const variety = 1_024
const furtherMark = ':'
const further = new Map<string, string[]>()

/** The keys of the nth call: the last says which call it was, and is of no other call. It is the last to go where a call takes several messages. */
export function keysOf(n: number, keysPerCall: number): string[] {
  return keysPerCall === 1 ? [`${n}`] : [...furtherKeys(n % variety, keysPerCall - 1), `${n}`]
}

/** Which calls named these keys: more than one, where a message carries several. */
export function callsOf(keys: readonly string[]): number[] {
  return keys.filter((key) => key[0] !== furtherMark).map(Number)
}

function furtherKeys(group: number, count: number): readonly string[] {
  const name = `${group} ${count}`
  const known = further.get(name)
  if (known) return known
  const keys = Array.from({ length: count }, (_, k) => `${furtherMark}${group}:${k}`)
  further.set(name, keys)
  return keys
}
