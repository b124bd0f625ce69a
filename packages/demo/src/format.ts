/** Milliseconds as `1.2 s`. */
export function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** 1234567 as `1,234,567`, whatever the locale of the machine. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

/** Milliseconds with the digits that matter: `0.21`, `3.4`, `120`. */
export function formatMs(ms: number): string {
  const size = Math.abs(ms)
  return ms.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0)
}

/** Cents as `12.34`. */
export function formatPrice(cents: number): string {
  return (cents / 100).toFixed(2)
}
