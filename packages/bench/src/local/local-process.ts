import { serve } from '@rescind/testbed'
import { Random } from '../random.ts'
import { bytesPerEntry, bytesPerItemRead } from './heap.ts'
import { patterns } from './patterns.ts'
import type { Reader } from './reader.ts'
import { allReaders, keepers } from './readers.ts'
import { timeReads } from './timed-reads.ts'

interface Open {
  readonly reader: Reader
  readonly entries: number
}

let open: Open | undefined

process.once('SIGTERM', () => process.exit())

serve({
  /** Holds so many items, to be read in this way. */
  async open(name: string, entries: number): Promise<void> {
    open = { reader: await known(allReaders, name)(entries), entries }
  },

  /** Nanoseconds for a read, in one round: the second of two, since other processes have had the caches of the CPU. */
  async time(pattern: string, reads: number, seed: number): Promise<number> {
    if (!open) throw new Error('No reader is open')
    const { reader, entries } = open
    const random = new Random(seed)
    const draw = known(patterns, pattern)
    const drawSome = (count: number) => draw(count, entries, random)
    await timeReads(reader, reads, drawSome)
    return await timeReads(reader, reads, drawSome)
  },

  /** Bytes for each of so many entries. */
  weigh: (cache: string, entries: number): number => bytesPerEntry(known(keepers, cache), entries),

  /** The same of a way to read. */
  weighReader: (name: string, entries: number): Promise<number> => bytesPerItemRead(known(allReaders, name), entries),

  async close(): Promise<void> {
    await open?.reader.close()
  },
})

function known<T>(all: Readonly<Record<string, T>>, name: string): T {
  const found = all[name]
  if (found === undefined) throw new Error(`Expected one of ${Object.keys(all).join(', ')}; received '${name}'`)
  return found
}
