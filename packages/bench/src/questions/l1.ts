import { compare, type Line } from '../line.ts'
import { LocalHandle, weigh } from '../local/local-handle.ts'
import { inTurn } from '../rotation.ts'
import { median } from '../statistics.ts'
import type { Question } from './question.ts'

export interface L1Scale {
  /** Held while they are read. */
  readonly entries: number
  /** Of one round. */
  readonly reads: number
  /** Rounds of each pattern that are not counted, for the code to be compiled and not interpreted. */
  readonly warmUpRounds: number
  readonly rounds: number
  /** Held when the heap is measured. */
  readonly heapEntries: number
}

const full: L1Scale = { entries: 100_000, reads: 100_000, warmUpRounds: 5, rounds: 25, heapEntries: 1_000_000 }

export const l1: Question = {
  name: 'l1',
  about:
    'A read of what is held in this process: one hot key, with a new string for each read or with the same one, and ' +
    '100,000 keys at random. Medians of 25 rounds of 100,000 reads. And the heap for each of 1,000,000 entries.',
  redis: false,
  ask: () => askL1(full),
}

interface Comparison {
  readonly figure: string
  readonly ours: string
  readonly others: readonly string[]
}

const caches = ['Map', 'quick-lru', 'lru-cache'] as const
const core = 'rescind'

/** What cannot be awaited is not compared with what is. */
const comparisons: readonly Comparison[] = [
  { figure: 'get', ours: core, others: caches },
  { figure: 'peek', ours: 'region.peek', others: caches },
  { figure: 'await', ours: 'region.get', others: ['Promise.resolve', 'async Map'] },
]

const patterns = ['hot', 'same-string', 'random'] as const

export async function askL1({ heapEntries, ...scale }: L1Scale): Promise<Line[]> {
  const nsPerRead = await timeAll(scale)
  const bytes = await weighAll(heapEntries)
  return [
    ...patterns.flatMap((pattern) =>
      comparisons.flatMap(({ figure, ours, others }) => {
        const mine = {
          name: `l1.${pattern}.${figure}`,
          unit: 'ns',
          better: 'lower',
          ours: nsPerRead(ours, pattern),
        } as const
        return others.map((peer) => compare({ ...mine, peer, theirs: nsPerRead(peer, pattern) }))
      }),
    ),
    ...caches.map((peer) => {
      const mine = { name: 'l1.bytes-per-entry', unit: 'bytes', better: 'lower', ours: bytes(core) } as const
      return compare({ ...mine, peer, theirs: bytes(peer) })
    }),
  ]
}

/** Times each reader in a process of its own, one after the other, and the next pattern when all had their turn. */
async function timeAll(scale: Omit<L1Scale, 'heapEntries'>): Promise<(reader: string, pattern: string) => number> {
  const { entries, reads, warmUpRounds, rounds } = scale
  const readers = [...new Set(comparisons.flatMap(({ ours, others }) => [ours, ...others]))]
  const handles: LocalHandle[] = []
  const timed = new Map<string, number[]>()
  try {
    for (const reader of readers) handles.push(await LocalHandle.start(reader, entries))
    for (let turn = 0; turn < warmUpRounds + rounds; turn++) {
      for (const pattern of patterns) {
        for (const handle of inTurn(handles, turn)) {
          const ns = await handle.time(pattern, reads, turn)
          const name = `${handle.reader} ${pattern}`
          if (turn >= warmUpRounds) timed.set(name, [...(timed.get(name) ?? []), ns])
        }
      }
    }
  } finally {
    await Promise.all(handles.map((handle) => handle.close()))
  }
  return (reader, pattern) => median(timed.get(`${reader} ${pattern}`) ?? [])
}

/** Weighs each cache in a process of its own, which holds nothing else. */
async function weighAll(entries: number): Promise<(cache: string) => number> {
  const bytes = new Map<string, number>()
  for (const cache of [core, ...caches]) bytes.set(cache, await weigh(cache, entries))
  return (cache) => bytes.get(cache) ?? Number.NaN
}
