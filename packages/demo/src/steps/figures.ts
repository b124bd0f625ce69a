import type { WebHandle } from '../web/web-handle.ts'

/** Queries for a product that the web servers sent to the database so far, together. */
export async function databaseQueries(webs: readonly WebHandle[]): Promise<number> {
  const stats = await Promise.all(webs.map((web) => web.stats()))
  return sum(stats.map((figures) => figures.databaseQueries))
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/** The smallest number that a share (0 to 1) of all numbers does not exceed; NaN when there are none. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
