/** Runs a task as soon as there is room for it. */
export type Limit = <T>(task: () => Promise<T>) => Promise<T>

/** At most so many tasks at a time; the others wait in turn. */
export function limit(most: number): Limit {
  const waiting: (() => void)[] = []
  let free = most
  return async (task) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}
