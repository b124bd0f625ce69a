import { type FaultProxy, type RedisServer, startProxy, startRedis } from '@rescind/testbed'
import type { RemotePeer } from '../remote/all-remote-peers.ts'
import { CacheHandle } from './cache-handle.ts'

/** A process that reads, behind a link that can be broken. */
export interface Reader {
  readonly cache: CacheHandle
  readonly link: FaultProxy
}

/** One peer with a Redis and a database of its own, processes that read, and one that writes and is never cut off. */
export interface Scene {
  readonly redis: RedisServer
  readonly readers: readonly Reader[]
  readonly writer: CacheHandle
  /** Settles when one more process reads. */
  join(): Promise<Reader>
}

/** Sets the scene, lets it be used, and clears it away. */
export async function withScene<T>(peer: RemotePeer, readers: number, use: (scene: Scene) => Promise<T>): Promise<T> {
  const ends: (() => Promise<void>)[] = []
  const keep = async <R>(starting: Promise<R>, end: (started: R) => Promise<void>): Promise<R> => {
    const started = await starting
    ends.push(() => end(started))
    return started
  }
  try {
    const [redis, source] = await Promise.all(
      Array.from({ length: 2 }, () => keep(startRedis(), (server) => server.stop())),
    )
    if (!redis || !source) throw new Error('There is no server')
    const open = (url: string) => keep(CacheHandle.start(peer, 'bench', url, source.url), (cache) => cache.stop())
    const join = async (): Promise<Reader> => {
      const link = await keep(startProxy(redis), (proxy) => proxy.close())
      return { link, cache: await open(link.url) }
    }
    const writer = await open(redis.url)
    return await use({ redis, writer, readers: await Promise.all(Array.from({ length: readers }, join)), join })
  } finally {
    for (const end of ends.reverse()) await end()
  }
}
