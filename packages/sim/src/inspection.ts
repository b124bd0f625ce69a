import { ITEMS, itemOf } from './catalogue.ts'
import type { Context } from './context.ts'
import type { HeldEntry } from './held-l1.ts'
import { BOUND_MS, HEARTBEAT_MS } from './limits.ts'
import { isRetold } from './mutant.ts'
import type { Server } from './server.ts'
import type { SimNode } from './sim-node.ts'
import { Violation } from './violation.ts'

/** @throws {Violation} if the node holds what it claims to have dropped. */
export function inspectNode(node: SimNode, { ledger, source }: Context): void {
  const { applied, provenAt } = node.bus.replica
  const reached = ledger.reachedBy(node.bus.appliedChain)
  for (const { l1 } of node.regions.values()) {
    for (const [id, entry] of l1.held) {
      const { index } = itemOf(id)
      const claimed = reached?.[index] ?? 0
      if (entry.value < claimed && !isDead(entry, node)) {
        const at = applied ? `${applied.position.epoch}-${applied.position.seq}` : 'nothing'
        throw new Violation(
          'nothing skipped',
          `${node.id} holds ${id} v${entry.value}; what it has applied, ${at}, stands for v${claimed}`,
        )
      }
      const proven = source.acknowledged.upTo(index, provenAt)
      if (entry.value < proven && !isDead(entry, node)) {
        throw new Violation(
          'proof',
          `${node.id} holds ${id} v${entry.value}, and has a proof of ${provenAt}, when v${proven} was acknowledged`,
        )
      }
    }
  }
}

/** @throws {Violation} if a read returned something older than promised. */
export function inspectRead(
  node: SimNode,
  index: number,
  beganAt: number,
  version: number,
  { setup, source }: Context,
): void {
  const id = ITEMS[index]?.id
  const found = `${node.id} read ${id} v${version} in a read begun at ${beganAt}`
  const bounded = source.acknowledged.upTo(index, beganAt - BOUND_MS)
  if (version < bounded) {
    throw new Violation('bounded staleness', `${found}; v${bounded} was acknowledged by ${beganAt - BOUND_MS}`)
  }
  const own = source.ownOf(node.id).upTo(index, beganAt)
  if (version < own) {
    throw new Violation('own writes', `${found}; v${own} was acknowledged to the same process before`)
  }
  const confirmed = setup.strict ? source.confirmed.upTo(index, beganAt) : 0
  if (version < confirmed) {
    throw new Violation('confirmed writes', `${found}; v${confirmed} was confirmed before`)
  }
}

/** @throws {Violation} if the node has not caught up, or would serve what is not current, when all is quiet. */
export function inspectQuietNode(node: SimNode, log: Server, { source, clock, mutant }: Context): void {
  const { phase, applied, provenAt } = node.bus.replica
  const tail = log.log.tail
  const here = applied?.position.seq === tail?.position.seq && (isRetold(mutant) || applied?.chain === tail?.chain)
  if (!node.bus.closed && (phase !== 'live' || !here || provenAt < clock() - 3 * HEARTBEAT_MS)) {
    throw new Violation(
      'agreement at quiet',
      `${node.id} is ${phase} at ${place(applied)}, and the log at ${place(tail)}; proof of ${provenAt}, now ${clock()}`,
    )
  }
  for (const { l1 } of node.regions.values()) {
    for (const item of ITEMS) {
      const version = l1.get(item.id)?.value
      const current = source.acknowledged.upTo(item.index, clock())
      if (version !== undefined && version < current) {
        throw new Violation(
          'agreement at quiet',
          `${node.id} serves ${item.id} v${version}; v${current} was acknowledged`,
        )
      }
    }
  }
}

/** @throws {Violation} if a value in L2 that counts is not current, when all is quiet. */
export function inspectQuietL2(values: Server, log: Server, { source, clock }: Context): void {
  const { tail } = log.log
  for (const item of ITEMS) {
    const stored = values.l2.valueFor(item.id, values.shard, '')
    const { era = '', asOf = 0, version = 0 } = stored ?? {}
    const report = tail && log.log.markers({ footing: tail, region: item.region, tags: item.tags })
    const dead =
      era !== log.era || !report || [report.region, report.floor, ...report.tags].some((marker) => marker > asOf)
    const current = source.acknowledged.upTo(item.index, clock())
    if (stored && !dead && version < current) {
      throw new Violation('agreement at quiet', `L2 has ${item.id} v${version}; v${current} was acknowledged`)
    }
  }
}

/** A message that this node has applied says so; it is dropped when it is read. */
function isDead({ verifiedTick, tags, asOf }: HeldEntry, { markers }: SimNode): boolean {
  return verifiedTick !== markers.tick && markers.verdict(tags, asOf) !== 'alive'
}

function place(tail: { readonly position: { readonly epoch: number; readonly seq: number } } | undefined): string {
  return tail ? `${tail.position.epoch}-${tail.position.seq}` : 'nothing'
}
