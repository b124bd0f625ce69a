import { performance } from 'node:perf_hooks'

/** Runs all tasks, so many at a time, and returns how many were done in a second. */
export async function closedLoop(
  tasks: number,
  concurrency: number,
  run: (task: number) => Promise<unknown>,
): Promise<number> {
  let next = 0
  const work = async () => {
    while (next < tasks) {
      next += 1
      await run(next - 1)
    }
  }
  const beganAt = performance.now()
  await Promise.all(Array.from({ length: Math.min(concurrency, tasks) }, work))
  return (tasks / (performance.now() - beganAt)) * 1_000
}
