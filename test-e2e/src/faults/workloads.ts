import { seededNumbers } from '@rescind/testbed'
import type { Changes } from './changes.ts'
import { BEHIND, CONTENDED, KEYS, type Key, REGIONS, TAGS, tagsOf, VERSIONED } from './keys.ts'
import type { Reads } from './reads.ts'
import type { Change } from './subject.ts'
import type { WritesBehind } from './writes-behind.ts'

/** What a step of a workload is done with. */
export interface Hands {
  readonly changes: Changes
  /** Only in a process that reads. */
  readonly behind: WritesBehind | undefined
  /** Only in a process that reads. */
  readonly reads: Reads | undefined
  /** A number from 0 to below. */
  readonly below: (limit: number) => number
}

type Step = (hands: Hands) => Promise<unknown>

/** So many reads are one step: a pause after each alone would be all that there is. */
const readsOfStep = 25

export type WorkloadName =
  | 'read'
  | 'read strictly'
  | 'read versions'
  | 'read behind'
  | 'write'
  | 'write with confirm'
  | 'write and note'
  | 'write through'
  | 'bump'
  | 'write behind'
  | 'clear all'

/** What processes do over and over again. */
export const WORKLOADS: Readonly<Record<WorkloadName, Step>> = {
  /** Reads in every way: one after the other, several at once, and without waiting. */
  read: (hands) => read(hands, KEYS),
  /** Reads that are content with less staleness than the cache, or with none. */
  'read strictly': async ({ reads, below }) => reads?.get(one(below, KEYS), { maxStalenessMs: below(2) * 100 }),
  'read versions': (hands) => read(hands, VERSIONED),
  'read behind': (hands) => read(hands, BEHIND),
  /** Changes of one key or a few, of all keys of a tag, and of all of a region; its own process reads them at once. */
  write: async (hands) => {
    const change = changeOf(hands.below)
    await hands.changes.make(change)
    await Promise.all(change.keys.map((key) => hands.reads?.get(key)))
  },
  /** Changes that are confirmed by all. */
  'write with confirm': async ({ changes, below }) => {
    await changes.make({ keys: some(below, 2), how: 'keys', confirm: true })
  },
  /** As `write`, for a relay to tell the others; its own process reads at once what it may not have heard of yet. */
  'write and note': async ({ changes, reads, below }) => {
    const change = changeOf(below)
    await changes.note(change)
    await Promise.all(change.keys.map((key) => reads?.get(key)))
  },
  /** Values are written through the cache, the same few by all, some for the others to read at once. */
  'write through': async ({ changes, reads, below }) => {
    const key = one(below, CONTENDED)
    await changes.set(key, below(2) === 0)
    await reads?.get(key)
  },
  /** Versions that are told in any order, and some of them twice. */
  bump: async ({ changes, reads, below }) => {
    const change: Change = { keys: [one(below, VERSIONED)], how: 'bump' }
    const owed = [await changes.commit(change), await changes.commit(change)]
    if (below(2) === 0) owed.reverse()
    if (below(2) === 0) owed.push(one(below, owed))
    for (const each of owed) await changes.announceOwed(each)
    await Promise.all(change.keys.map((key) => reads?.get(key)))
  },
  /** Writes that are saved later; its own process reads them at once. */
  'write behind': async ({ behind, reads, below }) => {
    if (!behind) return
    const key = one(below, behind.keys)
    await behind.write(key)
    await reads?.get(key)
  },
  /** Now and then everything is cleared. */
  'clear all': async ({ changes }) => changes.make({ keys: KEYS, how: 'all' }),
}

async function read({ reads, below }: Hands, keys: readonly Key[]): Promise<void> {
  for (let n = 0; n < readsOfStep; n += 1) {
    const kind = below(10)
    const key = one(below, keys)
    if (kind === 0) await reads?.getMany(some(below, 4, keysIn(key.region, keys)))
    else if (kind === 1) reads?.peek(key)
    else await reads?.get(key)
  }
}

/** Numbers for one process, as good as any. */
export function ownNumbers(): (below: number) => number {
  return seededNumbers(process.pid)
}

function changeOf(below: (limit: number) => number): Change {
  const kind = below(10)
  if (kind === 0) return { keys: keysIn(one(below, REGIONS)), how: 'region' }
  if (kind > 3) return { keys: some(below, 1 + below(4)), how: 'keys' }
  const tag = one(below, TAGS)
  return { keys: KEYS.filter(({ key }) => tagsOf(key).includes(tag)), how: 'tag', tag }
}

/** Different keys of one region. */
function some(below: (limit: number) => number, count: number, keys = keysIn(one(below, REGIONS))): Key[] {
  const rest = [...keys]
  return Array.from({ length: count }, () => rest.splice(below(rest.length), 1)).flat()
}

function keysIn(region: string, keys = KEYS): Key[] {
  return keys.filter((key) => key.region === region)
}

function one<T>(below: (limit: number) => number, items: readonly T[]): T {
  const item = items[below(items.length)]
  if (item === undefined) throw new Error('There is nothing to choose from')
  return item
}
