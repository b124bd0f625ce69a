import type { KeyOfRegion, ReadRecord, WriteRecord } from './history.ts'

/** `product/42`, or the key alone where there is but one region. */
export function nameOf({ region, key }: KeyOfRegion): string {
  return region === undefined ? key : `${region}/${key}`
}

export function ms(time: number): string {
  return `${Math.round(time * 1000) / 1000} ms`
}

/** `n1 read product/42 at version 3`. */
export function whatWasRead(read: ReadRecord): string {
  const what = read.version === undefined ? 'read that there is no' : 'read'
  const version = read.version === undefined ? '' : ` at version ${read.version}`
  return `${read.process} ${what} ${nameOf(read)}${version}`
}

/** `12.5 ms after version 4 was acknowledged to w (invalidate)`. */
export function whatWasMissed(read: ReadRecord, write: WriteRecord): string {
  const ago = ms(read.invokedAt - (write.ackedAt ?? write.committedAt))
  return `${ago} after version ${write.version} was acknowledged to ${write.process} (${write.how})`
}
