import { compare, type Line } from '../line.ts'
import { type Scene, withScene } from '../outages/scene.ts'
import { bytesPerTurn } from '../outages/traffic.ts'
import { otherRemotes, type RemotePeer } from '../remote/all-remote-peers.ts'
import { median } from '../statistics.ts'
import type { Question } from './question.ts'

export interface CostScale {
  readonly receivers: number
  /** How many values are read from Redis, and how many are invalidated, one after the other. */
  readonly turns: number
  readonly rounds: number
  readonly peers: readonly RemotePeer[]
}

const full: CostScale = {
  receivers: 4,
  turns: 1_000,
  rounds: 3,
  // What keeps nothing in the process, or tells nobody, has less to do.
  peers: otherRemotes.filter((peer) => peer !== 'async-cache-dedupe' && peer !== 'cache-manager'),
}

export const cost: Question = {
  name: 'cost',
  about:
    'What it takes: from import to the first value out of Redis; bytes on the wire for a value of 200 bytes read from Redis, and for an ' +
    'invalidation that 4 processes hear; CPU of a process that only hears 1,000 of them. Medians of 3 rounds.',
  redis: true,
  ask: () => askCost(full),
}

const figures = {
  'start-up': 'ms',
  'bytes-per-read': 'bytes',
  'bytes-per-invalidation': 'bytes',
  'cpu-per-1000-heard': 'ms',
} as const

type Costs = Readonly<Record<keyof typeof figures, number>>

export async function askCost({ peers, rounds, ...scale }: CostScale): Promise<Line[]> {
  const costs = new Map<RemotePeer, Costs[]>()
  for (let round = 0; round < rounds; round++) {
    for (const peer of ['rescind', ...peers] as const) {
      const found = await withScene(peer, scale.receivers, (scene) => costsOf(scene, scale))
      costs.set(peer, [...(costs.get(peer) ?? []), found])
    }
  }
  const middle = (peer: RemotePeer, name: keyof Costs) => median((costs.get(peer) ?? []).map((each) => each[name]))
  return (Object.keys(figures) as (keyof Costs)[]).flatMap((name) =>
    peers.map((peer) => {
      const both = { ours: middle('rescind', name), theirs: middle(peer, name) }
      return compare({ name: `cost.${name}`, unit: figures[name], better: 'lower', peer, ...both })
    }),
  )
}

async function costsOf({ redis, readers, writer }: Scene, { turns }: Pick<CostScale, 'turns'>): Promise<Costs> {
  const [idle] = readers.map(({ cache }) => cache)
  if (!idle) throw new Error('Nobody hears')
  const ids = Array.from({ length: turns }, (_, n) => `item${n}`)
  await writer.read(ids)
  const read = await bytesPerTurn(redis, turns, () => idle.readInTurn(ids))
  for (const { cache } of readers) await cache.read(ids)
  const before = await idle.cpuMs()
  const said = await bytesPerTurn(redis, turns, () => writer.invalidateInTurn(ids))
  const cpu = ((await idle.cpuMs()) - before) * (1_000 / turns)
  return {
    'start-up': await idle.startUpMs(),
    'bytes-per-read': read,
    'bytes-per-invalidation': said,
    'cpu-per-1000-heard': cpu,
  }
}
