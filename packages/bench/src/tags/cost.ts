import type { RedisServer } from '@rescind/testbed'
import { median } from '../statistics.ts'
import { serverWork, type Worker } from './server-work.ts'

/** What an invalidation takes: until it is acknowledged, and of the time of Redis. */
export interface Cost {
  readonly ms: number
  readonly workUs: number
}

export interface Invalidation {
  readonly redis: RedisServer
  readonly rounds: number
  readonly worker: Worker
  readonly prepare: () => Promise<void>
  readonly invalidate: () => Promise<unknown>
}

/** In the median of its rounds; what is prepared for each is not part of it. */
export async function costOf({ redis, rounds, worker, prepare, invalidate }: Invalidation): Promise<Cost> {
  const times: number[] = []
  const works: number[] = []
  for (let round = 0; round < rounds; round++) {
    await prepare()
    const work = await serverWork(redis, worker, async () => {
      const begunAt = performance.now()
      await invalidate()
      times.push(performance.now() - begunAt)
    })
    works.push(work)
  }
  return { ms: median(times), workUs: median(works) }
}
