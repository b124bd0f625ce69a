import { anyItem, anyNode, anyProcess, type Make, single, type Weighted } from './motif.ts'
import type { Random } from './random.ts'
import type { Forgery, Step, Telling } from './schedule.ts'

const tellings: readonly [Telling, ...Telling[]] = ['key', 'key', 'key', 'tag', 'tag', 'region', 'bump']
const tellingsWithClears: readonly [Telling, ...Telling[]] = [...tellings, 'all']
const forgeries: readonly [Forgery, ...Forgery[]] = ['next', 'ahead', 'same', 'epoch', 'replayed']
const times: readonly [number, ...number[]] = [5, 60, 260, 260, 510, 700, 1_010, 2_100]

function anyTime(random: Random): number {
  return random.chance(0.5) ? random.pick(times) : random.below(1_100)
}

/** A read, and all that it takes until the value is in L1 and L2. */
const served: Make = (place) => {
  const { random } = place
  const node = anyNode(random)
  const load: Step = { do: 'load', node, which: 0, fails: false }
  return [{ do: 'read', node, item: anyItem(place) }, { do: 'flow', node }, load, load, { do: 'flow', node }]
}

type Absence = readonly [gone: Step, back: Step]

/** Something is written while a node is away, and the node comes back and reads. */
const missed: Make = (place) => {
  const { random } = place
  const node = anyNode(random)
  const item = anyItem(place)
  const writer = anyProcess(random)
  const ways: readonly [Absence, ...Absence[]] = [
    [
      { do: 'stop', node },
      { do: 'continue', node },
    ],
    [
      { do: 'deafen', node },
      { do: 'flow', node },
    ],
    [
      { do: 'cut', node },
      { do: 'connect', node },
    ],
  ]
  const [gone, back] = random.pick(ways)
  return [
    gone,
    ...(random.chance(0.5) ? [{ do: 'run', ms: anyTime(random) } as const] : []),
    { do: 'write', node: writer, item, by: random.pick(tellings), confirm: random.chance(0.5) },
    random.chance(0.5) ? { do: 'flow', node: writer } : { do: 'run', ms: 60 },
    ...(random.chance(0.7) ? [back] : []),
    { do: 'read', node, item },
  ]
}

/** Something is written after the last snapshot of a server that then goes back to it, and is read. */
function undone(becomes: (random: Random, shard: boolean) => Step): Make {
  return (place) => {
    const { random } = place
    const item = anyItem(place)
    const writer = anyProcess(random)
    const node = anyNode(random)
    const shard = random.chance(0.5)
    return [
      ...(random.chance(0.7) ? served(place) : []),
      { do: 'snapshot', shard },
      { do: 'write', node: writer, item, by: random.pick(tellings), confirm: random.chance(0.5) },
      random.chance(0.5) ? { do: 'flow', node: writer } : { do: 'flow all' },
      becomes(random, shard),
      { do: 'read', node, item },
      { do: 'flow', node },
    ]
  }
}

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
