import { percentile } from '../statistics.ts'
import type { Watched } from './reader-handle.ts'

/** What it cost that all memories were emptied, over all processes. */
export interface Recovery {
  /** Of the source, after the event. */
  readonly loads: number
  /** Most loads within 100 ms. */
  readonly peakLoads: number
  /** How long less than 99 % of the reads were answered from memory. */
  readonly ms: number
  /** Reads per second in that time, of those before the event, in percent. */
  readonly readsPercent: number
  /** Of the reads that began in that time, in ms. */
  readonly p99Ms: number
}

const windowMs = 20
const peakMs = 100
const warmShare = 0.99

/** @param eventAtMs when it happened, on the clock of the machine; the reads before are the measure for those after. */
export function recoveryOf(watched: readonly Watched[], eventAtMs: number): Recovery {
  const windows = countWindows(watched, eventAtMs)
  const cold = [...windows.keys()].filter((n) => isCold(windows[n]))
  const from = cold[0] ?? Number.NaN
  const until = (cold.at(-1) ?? Number.NaN) + 1
  const fromMs = eventAtMs + from * windowMs
  const untilMs = eventAtMs + until * windowMs
  const loadsAtMs = sorted(watched.map(({ loadsAtMs: atMs }) => atMs)).filter((atMs) => atMs >= eventAtMs)
  const tookMs = watched.map(({ reads }) => reads.tookMs.filter((_, n) => within(reads.atMs[n], fromMs, untilMs)))
  const readsInCold = tookMs.reduce((sum, reads) => sum + reads.length, 0)
  return {
    loads: loadsAtMs.length,
    peakLoads: mostWithin(loadsAtMs, peakMs),
    ms: untilMs - fromMs,
    readsPercent: (readsInCold / (untilMs - fromMs) / readsPerMsBefore(watched, eventAtMs)) * 100,
    p99Ms: percentile(sorted(tookMs), 0.99),
  }
}

/** Most of these times, which are in order, within so many ms. */
export function mostWithin(timesMs: Float64Array, ms: number): number {
  let most = 0
  let first = 0
  for (const [last, timeMs] of timesMs.entries()) {
    while (timeMs - (timesMs[first] ?? timeMs) >= ms) first += 1
    most = Math.max(most, last - first + 1)
  }
  return most
}

export function sorted(arrays: readonly Float64Array[]): Float64Array {
  return Float64Array.from(arrays.flatMap((array) => [...array])).sort()
}

interface Window {
  readonly reads: number
  readonly hits: number
}

function isCold(window: Window | undefined): boolean {
  return window !== undefined && window.hits < window.reads * warmShare
}

/** Of the time after the event; a window that nobody read in has no reads. */
function countWindows(watched: readonly Watched[], eventAtMs: number): Window[] {
  const windows: Window[] = []
  for (const { reads } of watched) {
    for (const [n, atMs] of reads.atMs.entries()) {
      const index = Math.floor((atMs - eventAtMs) / windowMs)
      if (index < 0) continue
      while (windows.length <= index) windows.push({ reads: 0, hits: 0 })
      const window = windows[index] ?? { reads: 0, hits: 0 }
      windows[index] = { reads: window.reads + 1, hits: window.hits + (reads.hit[n] ?? 0) }
    }
  }
  return windows
}

function readsPerMsBefore(watched: readonly Watched[], eventAtMs: number): number {
  const atMs = sorted(watched.map(({ reads }) => reads.atMs)).filter((time) => time < eventAtMs)
  return atMs.length / (eventAtMs - (atMs[0] ?? Number.NaN))
}

function within(timeMs: number | undefined, fromMs: number, untilMs: number): boolean {
  return timeMs !== undefined && timeMs >= fromMs && timeMs < untilMs
}
