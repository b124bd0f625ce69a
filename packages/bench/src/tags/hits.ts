import { median } from '../statistics.ts'

/** How long each of the hits takes, in the median of its rounds. */
export async function timeInTurn(
  hits: readonly (() => Promise<unknown>)[],
  rounds: number,
  reads: number,
): Promise<number[]> {
  const taken = hits.map((): number[] => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [index, hit] of hits.entries()) {
      const ns = await timeHits(hit, reads)
      // The first round is for the code to be compiled.
      if (round > 0) taken[index]?.push(ns)
    }
  }
  return taken.map(median)
}

async function timeHits(hit: () => Promise<unknown>, reads: number): Promise<number> {
  await hit()
  const begunAt = performance.now()
  for (let n = 0; n < reads; n++) await hit()
  return ((performance.now() - begunAt) * 1e6) / reads
}
