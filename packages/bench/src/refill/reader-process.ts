import { eventually, serve } from '@rescind/testbed'
import { allStores, type StoreName } from './all-stores.ts'
import { Readers, type Reads } from './readers.ts'
import { Source } from './source.ts'
import type { Store, StoreOptions } from './store.ts'

interface Shelf {
  readonly store: Store
  readonly source: Source
}

const shelves = new Map<StoreName, Shelf>()
const holdWithinMs = 20_000
let readers: Readers | undefined

process.once('SIGTERM', () => process.exit())

serve({
  async open(options: StoreOptions, names: readonly StoreName[], loadMs: number): Promise<void> {
    for (const name of names) {
      const source = new Source(loadMs)
      shelves.set(name, { store: await allStores[name](options, source), source })
    }
  },

  /** Brings all keys into the memory of this process, without delay. */
  async hold(name: StoreName, keys: readonly string[]): Promise<void> {
    const { store, source } = shelfOf(name)
    await store.ready()
    source.reset({ slow: false })
    // Again, where a machine that stood still has made the process distrust what it had just read.
    await eventually(
      async () => {
        await Promise.all(keys.map((key) => store.read(key)))
        const missing = keys.filter((key) => !store.holds(key))
        if (missing.length > 0) throw new Error(`${name}: ${missing.length} of ${keys.length} keys are not held`)
      },
      { withinMs: holdWithinMs },
    )
  },

  begin(name: StoreName, keys: readonly string[], count: number): void {
    const { store, source } = shelfOf(name)
    source.reset({ slow: true })
    readers = new Readers(store, keys, count)
  },

  clear: (name: StoreName): Promise<void> => shelfOf(name).store.clear(),

  watch: (): void => readers?.watch(),

  refilled: (): boolean => readers?.refilled ?? false,

  /** What was read, and when the source was asked. */
  async end(name: StoreName): Promise<{ readonly reads: Reads | undefined; readonly loadsAtMs: Float64Array }> {
    const reads = await readers?.stop()
    return { reads, loadsAtMs: shelfOf(name).source.askedAtMs }
  },

  async close(): Promise<void> {
    for (const { store } of shelves.values()) await store.close()
  },
})

function shelfOf(name: StoreName): Shelf {
  const shelf = shelves.get(name)
  if (!shelf) throw new Error(`${name} is not open`)
  return shelf
}
