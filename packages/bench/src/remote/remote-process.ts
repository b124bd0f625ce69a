import { serve } from '@rescind/testbed'
import { loadRemote, type RemotePeer } from './all-remote-peers.ts'
import { closedLoop } from './closed-loop.ts'
import { itemOf, type OpenRemote, type RemoteCache } from './remote-cache.ts'

/** Reads that are answered by Redis (hits), or by a source that takes no time (misses). */
export interface Reads {
  readonly kind: 'hits' | 'misses'
  /** How many are under way at a time. */
  readonly concurrency: number
  readonly reads: number
  /** How many ids each of them asks for. */
  readonly ids: number
}

process.once('SIGTERM', () => process.exit())

let redisUrl = ''
let openRemote: OpenRemote | undefined
let rounds = 0

serve({
  async open(url: string, peer: RemotePeer): Promise<void> {
    redisUrl = url
    openRemote = await loadRemote(peer)
  },

  /** Ids read in a second, by a cache that holds nothing yet. */
  async measure({ kind, concurrency, reads, ids }: Reads): Promise<number> {
    rounds += 1
    const name = `bench${rounds}`
    const groups = Array.from({ length: reads }, (_, read) =>
      Array.from({ length: ids }, (_, index) => `${read * ids + index}`),
    )
    const readGroup = (cache: RemoteCache, group: readonly string[]) => {
      const [id = ''] = group
      return ids === 1 ? cache.read(id) : cache.readMany(group)
    }
    const run = async (most: number) => {
      const cache = await openCache(name)
      const perSecond = await closedLoop(reads, most, (read) => readGroup(cache, groups[read] ?? []))
      await cache.close()
      return perSecond * ids
    }
    if (kind === 'hits') await run(64)
    return run(concurrency)
  },
})

function openCache(name: string): Promise<RemoteCache> {
  if (!openRemote) throw new Error('open() comes first')
  return openRemote({
    redisUrl,
    name,
    load: async (id) => itemOf(id),
    loadMany: async (ids) => ids.map(itemOf),
  })
}
