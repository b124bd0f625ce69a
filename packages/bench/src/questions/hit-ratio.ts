import { generatedWorkloads } from '../hits/generated-workloads.ts'
import { invalidated } from '../hits/invalidations.ts'
import { optimumHits } from '../hits/optimum.ts'
import { replayHits } from '../hits/replay.ts'
import { traceWorkloads } from '../hits/traces.ts'
import { countReads, type Events, type Workload } from '../hits/workload.ts'
import { compare, type Line } from '../line.ts'
import { others, ours } from '../local/all-local-peers.ts'
import type { LocalPeer } from '../local/local-cache.ts'
import type { Question } from './question.ts'

/** Of each generated workload. */
const reads = 1_000_000
/** Invalidations for each read, where there are any. */
const invalidations = 0.01

export const hitRatio: Question = {
  name: 'hit-ratio',
  about:
    'Reads answered from a cache of one process, at the same number of entries held at most: Zipf, scans, a loop and a ' +
    'hot spot that moves, 1,000,000 reads each, or the traces of --traces DIR; also with an invalidation per 100 reads.',
  redis: false,
  ask: ({ traces }) => askHitRatio(traces === undefined ? generatedWorkloads(reads) : traceWorkloads(traces)),
}

export async function askHitRatio(workloads: Iterable<Workload> | AsyncIterable<Workload>): Promise<Line[]> {
  const lines: Line[] = []
  for await (const workload of workloads) {
    const { name, reads, capacities } = workload
    const changing = invalidated(reads, invalidations, 1)
    for (const capacity of capacities) {
      lines.push(...answer(`hit-ratio.${name}.${capacity}`, reads, workload, capacity))
      lines.push(...answer(`hit-ratio.${name}.${capacity}.invalidated`, changing, workload, capacity))
    }
  }
  return lines
}

function answer(name: string, events: Events, { keys }: Workload, capacity: number): Line[] {
  const percent = (hits: number) => (hits / countReads(events)) * 100
  const hitsOf = (peer: LocalPeer) => percent(replayHits(events, keys, peer.bounded(capacity), capacity))
  const mine = hitsOf(ours)
  const figures = [
    ...others.map((peer) => ({ peer: peer.name, theirs: hitsOf(peer) })),
    { peer: 'optimum', theirs: percent(optimumHits(events, capacity)) },
  ]
  return figures.map((figure) => compare({ name, unit: '% hits', better: 'higher', ours: mine, ...figure }))
}
