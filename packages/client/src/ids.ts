import { nanoid } from 'nanoid'

/** Characters of a token that its process has drawn, and those that it counts. */
const DRAWN = 13
const COUNTED = 8
const RADIX = 36

let drawn = ''
let counted = 0

/**
 * A token that no other grant of a lease has: 13 random characters for this process (nanoid, 78 bits), and its count.
 * To draw all of it each time costs as much as to look into the log.
 */
export function newToken(): string {
  if (counted === 0) {
    drawn = nanoid(DRAWN)
  }
  const count = counted.toString(RADIX).padStart(COUNTED, '0')
  counted = (counted + 1) % RADIX ** COUNTED
  return drawn + count
}
