import type { Entry } from './entry.ts'
import type { NodeView } from './node-view.ts'

/** Why an entry is not served. `untrusted` may pass when the node proves itself again; the others are for good. */
export type Refusal = 'expired' | 'untrusted' | 'tag-dead'

/** True while a value last known to be current at `freshAt` is within the node's bound; if strict, while the node is. */
function isTrusted(freshAt: number, node: NodeView, now: number): boolean {
  const provenAt = node.strict ? node.provenAt : Math.max(freshAt, node.provenAt)
  return now - provenAt <= node.maxStalenessMs
}

/**
 * The trust rule: undefined if the entry may be served now, else why not. Tags are looked at only if a tag message
 * came since they were last checked.
 */
export function refusal(entry: Entry<unknown>, node: NodeView, now: number): Refusal | undefined {
  if (now >= entry.expiresAt) {
    return 'expired'
  }
  if (!isTrusted(entry.freshAt, node, now)) {
    return 'untrusted'
  }
  const { tick } = node.markers
  if (entry.verifiedTick !== tick) {
    // `unknown` is refused too: asking Redis is not for a synchronous read.
    if (node.markers.verdict(entry.tags, entry.asOf) !== 'alive') {
      return 'tag-dead'
    }
    entry.verifiedTick = tick
  }
  return undefined
}
