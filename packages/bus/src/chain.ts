import { hash } from 'node:crypto'

/*
 * A chain stands for all that came before it in the log. The incarnation of the server goes into it, which only those
 * learn who may run its scripts: a stranger who may only publish on the channel cannot continue a chain.
 */

/** The chain of the entry that opens an epoch, with an id that no other opening has. */
export function firstChain(incarnation: string, epoch: number, id: string): string {
  return sha1hex(`${incarnation}${epoch}${id}`)
}

/** The chain of the entry with this message id that follows `previous`. */
export function nextChain(incarnation: string, previous: string, id: string): string {
  return sha1hex(`${previous}${id}${incarnation}`)
}

function sha1hex(text: string): string {
  return hash('sha1', text, 'hex')
}
