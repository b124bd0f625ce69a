import { eventually } from '@rescind/testbed'
import { expect } from 'chai'
import type { Read } from './cache-node.ts'
import type { CacheNode } from './fleet.ts'

/** Ids of different items. */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`)
}

export function fill<T>(count: number, value: T): T[] {
  return new Array<T>(count).fill(value)
}

export function versionsOf(reads: readonly Read[]): number[] {
  return reads.map(({ version }) => version)
}

/** Waits until the node holds none of the items; `withinMs` is to be well below the bound, which also ends trust. */
export async function drops(node: CacheNode, ids: readonly string[], withinMs = 2000): Promise<void> {
  const gone = fill(ids.length, undefined)
  await eventually(async () => expect(await node.call('peek', ids), 'versions in L1').to.deep.equal(gone), { withinMs })
}

/** Waits until each node has applied this many invalidations since it started. */
export async function hear(nodes: readonly CacheNode[], count: number): Promise<void> {
  for (const node of nodes) {
    await eventually(async () => {
      const { invalidationsApplied } = await node.call('stats')
      expect(invalidationsApplied, 'invalidations applied').to.equal(count)
    })
  }
}
