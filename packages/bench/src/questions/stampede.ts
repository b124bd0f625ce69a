import { compare, type Line } from '../line.ts'
import { withScene } from '../outages/scene.ts'
import { otherRemotes, type RemotePeer } from '../remote/all-remote-peers.ts'
import { median } from '../statistics.ts'
import type { Question } from './question.ts'

export interface StampedeScale {
  /** Reads of one key at once, in all processes together. */
  readonly reads: number
  readonly processes: readonly number[]
  readonly loadMs: number
  readonly rounds: number
  readonly peers: readonly RemotePeer[]
}

const full: StampedeScale = {
  reads: 1_000,
  processes: [1, 4],
  loadMs: 50,
  rounds: 10,
  peers: otherRemotes,
}

export const stampede: Question = {
  name: 'stampede',
  about:
    'How often the source is asked for one key that nobody holds and 1,000 readers want at once, in 1 process and in 4 ' +
    'together; loads of 50 ms. Medians of 10 keys.',
  redis: true,
  ask: () => askStampede(full),
}

export async function askStampede({ reads, processes, loadMs, rounds, peers }: StampedeScale): Promise<Line[]> {
  const lines: Line[] = []
  for (const count of processes) {
    const ask = (peer: RemotePeer): Promise<number> =>
      withScene(peer, count, async ({ readers, writer }) => {
        const loads: number[] = []
        for (const { cache } of readers) await cache.slow(loadMs)
        for (let round = 0; round < rounds; round++) {
          const before = await writer.loads()
          await Promise.all(readers.map(({ cache }) => cache.readTogether(`cold${round}`, reads / count)))
          loads.push((await writer.loads()) - before)
        }
        return median(loads)
      })
    const ours = await ask('rescind')
    for (const peer of peers) {
      const theirs = await ask(peer)
      lines.push(compare({ name: `stampede.${count}`, unit: 'loads', better: 'lower', ours, peer, theirs }))
    }
  }
  return lines
}
