import { nanoid } from 'nanoid'

/** A token that no other grant of a lease has: 21 random characters (nanoid). */
export function newToken(): string {
  return nanoid()
}
