import type { Events } from './workload.ts'

/** The same reads with the keys numbered from 0, in the order in which they come. */
export function numberKeys(keys: Int32Array): { readonly reads: Events; readonly keys: number } {
  const numbers = new Map<number, number>()
  const reads = keys.map((key) => {
    const known = numbers.get(key)
    if (known !== undefined) return known
    const number = numbers.size
    numbers.set(key, number)
    return number
  })
  return { reads, keys: numbers.size }
}
