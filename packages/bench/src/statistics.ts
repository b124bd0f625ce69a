/** The middle value, or the mean of the two in the middle; NaN of nothing. */
export function median(values: Iterable<number>): number {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length / 2
  return (at(sorted, Math.ceil(middle) - 1) + at(sorted, Math.floor(middle))) / 2
}

/** The smallest value that at least `share` (0 to 1) of the values do not exceed: the nearest rank. NaN of nothing. */
export function percentile(values: Iterable<number>, share: number): number {
  const sorted = Float64Array.from(values).sort()
  return at(sorted, Math.max(1, Math.ceil(share * sorted.length)) - 1)
}

/** The largest value; NaN of nothing. */
export function largest(values: Iterable<number>): number {
  let found = Number.NaN
  for (const value of values) if (!(value <= found)) found = value
  return found
}

function at(sorted: Float64Array, index: number): number {
  return sorted[index] ?? Number.NaN
}
