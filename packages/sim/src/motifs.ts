import { anyItem, anyNode, anyProcess, anyTime, single, tellings, type Weighted } from './motif.ts'
import type { Random } from './random.ts'
import type { Forgery, Step, Telling } from './schedule.ts'
import { behind, interrupted, missed, outdated, served, undone } from './stories.ts'

const tellingsWithClears: readonly [Telling, ...Telling[]] = [...tellings, 'all']
const forgeries: readonly [Forgery, ...Forgery[]] = ['next', 'ahead', 'same', 'epoch', 'replayed']
export function writing(clears: boolean): Weighted {
  const told = clears ? tellingsWithClears : tellings
  const write = (random: Random, item: number): Step => ({
    do: 'write',
    node: anyProcess(random),
    item,
    by: random.pick(told),
    confirm: random.chance(0.5),
  })
  return [
    [2, single((random, place) => write(random, anyItem(place)))],
    [
      2,
      (place) => {
        const step = write(place.random, anyItem(place))
        return step.do === 'write' ? [step, { do: 'flow', node: step.node }] : []
      },
    ],
  ]
}

export const USUAL: Weighted = [
  [12, single((random, place) => ({ do: 'read', node: anyNode(random), item: anyItem(place) }))],
  [6, served],
  [1, missed],
  [1, interrupted],
  [1, behind],
  [1, outdated],
  [
    6,
    single((random) => ({
      do: 'execute',
      node: anyProcess(random),
      count: 1 + random.below(2),
      shard: random.chance(0.5),
    })),
  ],
  [
    6,
    single((random) => ({
      do: 'hear',
      node: anyProcess(random),
      count: 1 + random.below(3),
      backwards: random.chance(0.15),
      shard: random.chance(0.5),
    })),
  ],
  [9, single((random) => ({ do: 'flow', node: anyProcess(random) }))],
  [6, single((random) => ({ do: 'load', node: anyNode(random), which: random.below(4), fails: random.chance(0.06) }))],
  [6, single((random) => ({ do: 'wait', ms: anyTime(random) }))],
  [2, single((random) => ({ do: 'run', ms: anyTime(random) }))],
  [3, single((random) => ({ do: 'beat', node: anyNode(random) }))],
  [2, single((random) => ({ do: 'cut', node: anyProcess(random) }))],
  [3, single((random) => ({ do: 'connect', node: anyProcess(random) }))],
  [1, single((random) => ({ do: 'deafen', node: anyNode(random) }))],
  [1, single((random) => ({ do: 'give up', node: anyProcess(random), shard: random.chance(0.5) }))],
  [1, single((random) => ({ do: 'late', which: random.below(8) }))],
  [1, single((random) => ({ do: 'stop', node: anyNode(random) }))],
  [2, single((random) => ({ do: 'continue', node: anyNode(random) }))],
  [1, single((random) => ({ do: 'crash', node: anyNode(random) }))],
  [1, single((random) => ({ do: 'leave', node: anyNode(random) }))],
  [1, single(() => ({ do: 'join' }))],
  [1, single((random) => ({ do: 'forge', node: anyNode(random), as: random.pick(forgeries) }))],
]

export const RESTARTING: Weighted = [
  [4, single((random) => ({ do: 'snapshot', shard: random.chance(0.5) }))],
  [3, single((random) => ({ do: 'fail over', back: random.below(3), shard: random.chance(0.5) }))],
  [1, undone((random, shard) => ({ do: 'fail over', back: random.below(2), shard }))],
  [1, single((random) => ({ do: 'restart', empty: random.chance(0.3), shard: random.chance(0.5) }))],
]

export const DEMOTING: Weighted = [
  [4, single(() => ({ do: 'snapshot', shard: false }))],
  [3, single((random) => ({ do: 'demote', back: random.below(3) }))],
  [1, undone((random) => ({ do: 'demote', back: random.below(2) }))],
  [4, single(() => ({ do: 'promote' }))],
]

export const DESTROYING: Weighted = [
  [1, single((random) => ({ do: 'trim', length: 1 + random.below(4) }))],
  [1, single((random) => ({ do: 'wipe', shard: random.chance(0.5) }))],
  [1, single(() => ({ do: 'delete log' }))],
]
