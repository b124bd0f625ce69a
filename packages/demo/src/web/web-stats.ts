import type { CacheStats } from '@rescind/client'
import { Fields } from '../http/fields.ts'

/** What a web server answers at /stats. */
export interface WebReport {
  readonly name: string
  /** Queries for a product that it sent to the database. */
  readonly databaseQueries: number
  /** Reads of one product that wait for their answer. */
  readonly reading: number
  /** How often it lost Redis and came back. */
  readonly reconnects: number
  readonly cache: CacheStats
}

/** The figures of it that the demo shows. */
export interface WebStats {
  readonly name: string
  readonly databaseQueries: number
  readonly reading: number
  readonly reconnects: number
  readonly status: string
  /** The last position of the log that it applied. */
  readonly position: string
  readonly invalidationsApplied: number
  readonly flushes: number
  readonly lastLagMs: number
  readonly longestLagMs: number
  readonly l1Hits: number
  readonly l2Hits: number
  readonly loads: number
  /** Reads that waited for another one of the same process. */
  readonly joined: number
}

export function readWebStats(value: unknown): WebStats {
  const report = new Fields('stats', value)
  const cache = report.fields('cache')
  const lag = cache.fields('lagMs')
  const total = cache.fields('total')
  return {
    name: report.text('name'),
    databaseQueries: report.number('databaseQueries'),
    reading: report.number('reading'),
    reconnects: report.number('reconnects'),
    status: cache.text('status'),
    position: cache.text('position'),
    invalidationsApplied: cache.number('invalidationsApplied'),
    flushes: cache.number('flushes'),
    lastLagMs: lag.number('last'),
    longestLagMs: lag.number('max'),
    l1Hits: total.number('l1Hits'),
    l2Hits: total.number('l2Hits'),
    loads: total.number('loads'),
    joined: total.number('coalesced'),
  }
}
