import { compare, type Line } from '../line.ts'
import { LocalHandle, weigh, weighReader } from '../local/local-handle.ts'
import { inTurn } from '../rotation.ts'
import { median } from '../statistics.ts'
import type { Question } from './question.ts'

export interface L1Scale {
  readonly comparisons: readonly Comparison[]
  /** Held while they are read. */
  readonly entries: number
  /** Of one round. */
  readonly reads: number
  /** Who is asked for fewer of them, so that the question takes no longer. */
  readonly slow: readonly string[]
  /** Of one round of theirs. */
  readonly slowReads: number
  /** Times that all processes are started: how V8 compiles, and where its heap lies, is not the same each time. */
  readonly launches: number
  /** Rounds of each pattern after a launch that are not counted, for the code to be compiled and not interpreted. */
  readonly warmUpRounds: number
  /** Rounds of each pattern after a launch that are counted. */
  readonly rounds: number
  /** Whose heap is compared with ours. */
  readonly weighed: readonly string[]
  /** Held when the heap is measured. */
  readonly heapEntries: number
  /** The same of what is behind ways to read; ours comes first. */
  readonly weighedReaders: Pick<Comparison, 'ours' | 'others'>
  readonly readerHeapEntries: number
}

/** Readers whose times are compared: what has to be awaited is not compared with what has not. */
export interface Comparison {
  readonly figure: string
  readonly ours: string
  readonly others: readonly string[]
}

const core = 'rescind'
const caches = ['Map', 'quick-lru', 'lru-cache', 'CacheableMemory']
/** A read takes them some microseconds. */
const slow = ['bentocache', 'cacheable', 'cache-manager']
const libraries = ['layered-loader', ...slow, 'async-cache-dedupe']

const full: L1Scale = {
  comparisons: [
    { figure: 'get', ours: core, others: caches },
    { figure: 'peek', ours: 'region.peek', others: [...caches, 'layered-loader sync'] },
    { figure: 'await', ours: 'region.get', others: [...libraries, 'Promise.resolve', 'async Map'] },
  ],
  entries: 100_000,
  reads: 50_000,
  slow,
  slowReads: 20_000,
  launches: 3,
  warmUpRounds: 2,
  rounds: 7,
  weighed: caches,
  heapEntries: 1_000_000,
  weighedReaders: { ours: 'region.get', others: libraries },
  readerHeapEntries: 250_000,
}

export const l1: Question = {
  name: 'l1',
  about:
    'A read of what is held in this process: one hot key, with a new string for each read or with the same one, and ' +
    '100,000 keys at random. Medians of 21 rounds of 50,000 reads, or of 20,000 where one takes microseconds. And the ' +
    'heap for each of 1,000,000 entries, or of 250,000 behind a loader.',
  redis: false,
  ask: () => askL1(full),
}

const patterns = ['hot', 'same-string', 'random'] as const

export async function askL1(scale: L1Scale): Promise<Line[]> {
  const { comparisons } = scale
  const times = await timeAll(scale)
  const lines = patterns.flatMap((pattern) =>
    comparisons.flatMap(({ figure, ours, others }) => {
      const mine = {
        name: `l1.${pattern}.${figure}`,
        unit: 'ns',
        better: 'lower',
        ours: times.median(ours, pattern),
      } as const
      return others.map((peer) => compare({ ...mine, peer, theirs: times.median(peer, pattern) }))
    }),
  )
  return [...lines, ...(await weighCaches(scale)), ...(await weighReaders(scale))]
}

async function weighCaches({ weighed, heapEntries }: L1Scale): Promise<Line[]> {
  const bytes = await weighAll([core, ...weighed], (cache) => weigh(cache, heapEntries))
  return compareBytes('l1.bytes-per-entry', bytes)
}

async function weighReaders({ weighedReaders, readerHeapEntries }: L1Scale): Promise<Line[]> {
  const { ours, others } = weighedReaders
  const bytes = await weighAll([ours, ...others], (reader) => weighReader(reader, readerHeapEntries))
  return compareBytes('l1.bytes-per-entry.await', bytes)
}

/** Ours comes first. */
function compareBytes(name: string, [mine, ...others]: readonly Weighed[]): Line[] {
  const figure = { name, unit: 'bytes', better: 'lower', ours: mine?.bytes ?? Number.NaN } as const
  return others.map((other) => compare({ ...figure, peer: other.name, theirs: other.bytes }))
}

interface Weighed {
  readonly name: string
  readonly bytes: number
}

/** What the rounds of a reader and a pattern took, in nanoseconds for a read. */
class Times {
  readonly #times = new Map<string, number[]>()

  add(reader: string, pattern: string, ns: number): void {
    const name = `${reader} ${pattern}`
    this.#times.set(name, [...(this.#times.get(name) ?? []), ns])
  }

  median(reader: string, pattern: string): number {
    return median(this.#times.get(`${reader} ${pattern}`) ?? [])
  }
}

async function timeAll(scale: L1Scale): Promise<Times> {
  const times = new Times()
  for (let launch = 0; launch < scale.launches; launch++) await timeLaunch(scale, launch, times)
  return times
}

/** Times each reader in a process of its own, one after the other; the next pattern when all had their turn. */
async function timeLaunch(scale: L1Scale, launch: number, times: Times): Promise<void> {
  const { comparisons, entries, reads, slow, slowReads, warmUpRounds, rounds } = scale
  const readers = new Set(comparisons.flatMap(({ ours, others }) => [ours, ...others]))
  const handles: LocalHandle[] = []
  try {
    for (const reader of readers) handles.push(await LocalHandle.start(reader, entries))
    for (let round = 0; round < warmUpRounds + rounds; round++) {
      for (const pattern of patterns) {
        for (const handle of inTurn(handles, launch + round)) {
          const ns = await handle.time(pattern, slow.includes(handle.reader) ? slowReads : reads, round)
          if (round >= warmUpRounds) times.add(handle.reader, pattern, ns)
        }
      }
    }
  } finally {
    await Promise.all(handles.map((handle) => handle.close()))
  }
}

/** Weighs each in a process of its own, which holds nothing else: the bytes for an entry. */
async function weighAll(names: readonly string[], weighOne: (name: string) => Promise<number>): Promise<Weighed[]> {
  const weighed: Weighed[] = []
  for (const name of names) weighed.push({ name, bytes: await weighOne(name) })
  return weighed
}
