import { type NodeChild, type RedisServer, spawnNode, startRedis } from '@rescind/testbed'
import { compare, type Line } from '../line.ts'
import { otherRemotes, type RemotePeer } from '../remote/all-remote-peers.ts'
import type { Reads } from '../remote/remote-process.ts'
import { inTurn } from '../rotation.ts'
import { median } from '../statistics.ts'
import type { Question } from './question.ts'

export interface L2Scale {
  readonly rounds: number
  readonly reads: number
  readonly others: readonly RemotePeer[]
}

const full: L2Scale = { rounds: 5, reads: 20_000, others: otherRemotes }

export const l2: Question = {
  name: 'l2',
  about:
    'Reads past the memory of the process: answered by Redis (hits), 1 and 64 at a time and 100 ids at once, or by a ' +
    'source that takes no time (misses), 64 at a time and 100 ids at once. Values of 200 bytes. Medians of 5 rounds.',
  redis: true,
  ask: () => askL2(full),
}

const callWithinMs = 60_000

export async function askL2({ rounds, reads, others }: L2Scale): Promise<Line[]> {
  const figures: Readonly<Record<string, Reads>> = {
    'hits.1': { kind: 'hits', concurrency: 1, reads: Math.ceil(reads / 10), ids: 1 },
    'hits.64': { kind: 'hits', concurrency: 64, reads, ids: 1 },
    'hits.many': { kind: 'hits', concurrency: 1, reads: Math.ceil(reads / 100), ids: 100 },
    'misses.64': { kind: 'misses', concurrency: 64, reads, ids: 1 },
    'misses.many': { kind: 'misses', concurrency: 1, reads: Math.ceil(reads / 100), ids: 100 },
  }
  const redis = await startRedis()
  const children = new Map<RemotePeer, NodeChild>()
  try {
    for (const peer of ['rescind', ...others] as const) {
      const child = await spawnNode(new URL('../remote/remote-process.js', import.meta.url), { withinMs: callWithinMs })
      children.set(peer, child)
      await child.call('open', redis.url, peer)
    }
    const lines: Line[] = []
    for (const [name, figure] of Object.entries(figures)) {
      const perSecond = await measure(figure, rounds, children, redis)
      for (const peer of others) {
        const [ours = Number.NaN, theirs = Number.NaN] = [perSecond.get('rescind'), perSecond.get(peer)]
        lines.push(compare({ name: `l2.${name}`, unit: 'ids/s', better: 'higher', ours, peer, theirs }))
      }
    }
    return lines
  } finally {
    await Promise.all([...children.values()].map((child) => child.stop()))
    await redis.stop()
  }
}

async function measure(
  figure: Reads,
  rounds: number,
  children: ReadonlyMap<RemotePeer, NodeChild>,
  redis: RedisServer,
): Promise<Map<RemotePeer, number>> {
  const peers = [...children.keys()]
  const measured = new Map<RemotePeer, number[]>(peers.map((peer) => [peer, []]))
  // The first round is for the code to be compiled.
  for (let round = 0; round <= rounds; round++) {
    for (const peer of inTurn(peers, round)) {
      await redis.command('FLUSHALL')
      const perSecond = await children.get(peer)?.call('measure', figure)
      if (typeof perSecond !== 'number') throw new TypeError(`Expected a rate; received ${typeof perSecond}`)
      if (round > 0) measured.get(peer)?.push(perSecond)
    }
  }
  return new Map([...measured].map(([peer, rates]) => [peer, median(rates)]))
}
