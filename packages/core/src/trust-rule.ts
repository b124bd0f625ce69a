import type { Entry } from './entry.ts'
import type { NodeView } from './node-view.ts'

/**
 * Why an entry is not served. `untrusted` may pass when the node proves itself again; the others are for good.
 * `outdated` is said by `VersionFloors`.
 */
export type Refusal = 'expired' | 'untrusted' | 'tag-dead' | 'outdated'

/** What the rule looks at of an entry. */
type Judged = Pick<Entry<unknown>, 'asOf' | 'freshAt' | 'expiresAt' | 'tags' | 'verifiedTick'>

/** True while a value last known to be current at `freshAt` is within the bound; if strict, while the node is. */
function isTrusted(freshAt: number, node: NodeView, now: number, maxStalenessMs: number): boolean {
  const provenAt = node.strict ? node.provenAt : Math.max(freshAt, node.provenAt)
  return now - provenAt <= maxStalenessMs
}

/**
 * The trust rule: undefined if the entry may be served now, else why not. Tags are looked at only if a tag message
 * came since they were last checked.
 *
 * @param maxStalenessMs the bound to judge by, if a reader asks for a stricter one than the node's.
 */
export function refusal(
  entry: Judged,
  node: NodeView,
  now: number,
  maxStalenessMs: number = node.maxStalenessMs,
): Exclude<Refusal, 'outdated'> | undefined {
  if (now >= entry.expiresAt) {
    return 'expired'
  }
  if (!isTrusted(entry.freshAt, node, now, maxStalenessMs)) {
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
