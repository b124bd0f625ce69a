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
  peers: otherRemotes,
}

export const cost: Question = {
  name: 'cost',
  about:
    'What it takes: from import to the first value out of Redis; bytes on the wire for a value of 200 bytes read from Redis, and for an ' +
    'invalidation that 4 processes hear; CPU of a process that only hears 1,000 of them. Medians of 3 rounds.',
  redis: true,
  ask: () => askCost(full),
}

/** What keeps nothing in the process, or tells nobody, has nothing to hear. */
const mute: readonly RemotePeer[] = ['async-cache-dedupe', 'cache-manager']

const figures = {
  'start-up': 'ms',
  'bytes-per-read': 'bytes',
  'bytes-per-invalidation': 'bytes',
  'cpu-per-1000-heard': 'ms',
} as const

const ofHearing: readonly (keyof typeof figures)[] = ['bytes-per-invalidation', 'cpu-per-1000-heard']

type Costs = Readonly<Record<keyof typeof figures, number>>

export async function askCost({ peers, rounds, ...scale }: CostScale): Promise<Line[]> {
  const costs = new Map<RemotePeer, Costs[]>()
  for (let round = 0; round < rounds; round++) {
    for (const peer of ['rescind', ...peers] as const) {
      const found = await withScene(peer, scale.receivers - 1, (scene) => costsOf(scene, scale))
      costs.set(peer, [...(costs.get(peer) ?? []), found])
    }
  }
  const middle = (peer: RemotePeer, name: keyof Costs) => median((costs.get(peer) ?? []).map((each) => each[name]))
  return (Object.keys(figures) as (keyof Costs)[]).flatMap((name) =>
    peers
      .filter((peer) => !(ofHearing.includes(name) && mute.includes(peer)))
      .map((peer) => {
        const both = { ours: middle('rescind', name), theirs: middle(peer, name) }
        return compare({ name: `cost.${name}`, unit: figures[name], better: 'lower', peer, ...both })
      }),
  )
}

async function costsOf(scene: Scene, { turns }: Pick<CostScale, 'turns'>): Promise<Costs> {
  const { redis, readers, writer } = scene
  const ids = Array.from({ length: turns }, (_, n) => `item${n}`)
  await writer.read(ids)
  // It comes later, since some peers send what they have loaded into the memory of every process that is there.
  const { cache: idle } = await scene.join()
  const read = await bytesPerTurn(redis, turns, () => idle.readInTurn(ids))
  const holdAll = () => Promise.all([idle, ...readers.map(({ cache }) => cache)].map((cache) => cache.read(ids)))
  await holdAll()
  // Once for the code to be compiled: a process that only hears does so for hours.
  await writer.invalidateInTurn(ids)
  await writer.read(ids)
  await holdAll()
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
