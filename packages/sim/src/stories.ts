import { anyItem, anyNode, anyProcess, anyTime, type Make, tellings } from './motif.ts'
import type { Random } from './random.ts'
import type { Step } from './schedule.ts'

/** A read, and all that it takes until the value is in L1 and L2. */
export const served: Make = (place) => {
  const { random } = place
  const node = anyNode(random)
  const load: Step = { do: 'load', node, which: 0, fails: false }
  return [{ do: 'read', node, item: anyItem(place) }, { do: 'flow', node }, load, load, { do: 'flow', node }]
}

type Absence = readonly [gone: Step, back: Step]

/** Something is written while a node is away, and the node comes back and reads. */
export const missed: Make = (place) => {
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
export function undone(becomes: (random: Random, shard: boolean) => Step): Make {
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

/** A load is under way while its value is written again and again, and somebody asks for it in between. */
export const interrupted: Make = (place) => {
  const { random } = place
  const node = anyNode(random)
  const item = anyItem(place)
  const load: Step = { do: 'load', node, which: 0, fails: false }
  const read: Step = { do: 'read', node, item }
  const told = (): Step[] => {
    const writer = random.chance(0.7) ? node : anyProcess(random)
    return [
      { do: 'write', node: writer, item, by: random.pick(tellings), confirm: false },
      { do: 'flow', node: writer },
    ]
  }
  return [read, { do: 'flow', node }, load, ...told(), read, ...told(), load]
}

/** A node falls behind, notices, and reads before it has caught up. */
export const behind: Make = (place) => {
  const { random } = place
  const node = anyNode(random)
  const item = anyItem(place)
  const writer = anyProcess(random)
  const told = (about: number): Step[] => [
    { do: 'write', node: writer, item: about, by: random.pick(tellings), confirm: false },
    { do: 'flow', node: writer },
  ]
  const move = (shard: boolean): Step[] => [
    { do: 'execute', node, count: 1, shard },
    { do: 'hear', node, count: 1, backwards: false, shard },
  ]
  const load: Step = { do: 'load', node, which: 0, fails: false }
  return [
    { do: 'deafen', node },
    ...told(random.below(3)),
    ...told(random.below(3)),
    ...(random.chance(0.5) ? told(random.below(3)) : []),
    { do: 'beat', node },
    ...move(false),
    ...move(false),
    { do: 'read', node, item },
    ...move(true),
    load,
    load,
    ...told(item),
    ...move(false),
  ]
}

/** A node that hears nothing reads what others have loaded, and reads it again as late as it may. */
export const outdated: Make = (place) => {
  const { random } = place
  const node = anyNode(random)
  const item = anyItem(place)
  const writer = anyProcess(random)
  return [
    ...served(place),
    { do: 'deafen', node },
    { do: 'write', node: writer, item, by: random.pick(tellings), confirm: false },
    { do: 'flow', node: writer },
    { do: 'wait', ms: anyTime(random) },
    { do: 'read', node, item },
    { do: 'flow', node },
    { do: 'wait', ms: 1_000 - random.below(200) },
    { do: 'read', node, item },
  ]
}
