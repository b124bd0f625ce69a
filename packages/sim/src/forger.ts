import type { LiveEntry, Message } from '@rescind/bus'
import { ITEMS, TAGS } from './catalogue.ts'
import type { Forgery } from './schedule.ts'
import type { SimNode } from './sim-node.ts'

/** Every id of a forged message begins like this. */
export const FORGED = 'forged'

/** A broadcast of a stranger who hears the channel and may publish on it, but does not know the incarnation. */
export function forge(node: SimNode, as: Forgery, id: string): LiveEntry | undefined {
  const { applied } = node.bus.replica
  if (!applied) {
    return undefined
  }
  const { epoch, seq } = applied.position
  const head = { id: `${FORGED}${id}`, origin: 'stranger', sentAt: 0, confirm: false }
  const message: Message = { ...head, kind: 'invalidate-tags', tags: TAGS }
  const all: Message = { ...head, kind: 'clear-all' }
  const chain = id.padStart(40, '0')
  switch (as) {
    case 'next':
      return { position: { epoch, seq: seq + 1 }, chain, previous: applied.chain, id: head.id, message }
    case 'ahead':
      return { position: { epoch, seq: seq + ITEMS.length }, chain, previous: chain, id: head.id, message }
    case 'same':
      return { position: applied.position, chain, previous: chain, id: head.id, message }
    case 'epoch':
      return { position: { epoch: epoch + 1, seq: 0 }, chain, previous: '', id: head.id, message: all }
    case 'replayed':
      return { position: applied.position, chain: applied.chain, previous: chain, id: head.id, message }
  }
}
