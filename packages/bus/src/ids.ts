import { nanoid } from 'nanoid'

/** An id for a message or a node: 21 random characters of a URL-safe alphabet (nanoid). */
export function newId(): string {
  return nanoid()
}
