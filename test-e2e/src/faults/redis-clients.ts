import type { RedisTarget } from '@rescind/bus'
import { Cluster, Redis } from 'ioredis'
import type { Way } from './way.ts'

/** What ioredis needs to know to go this way. */
export function targetOf(way: Way): RedisTarget {
  switch (way.kind) {
    case 'single':
      return way.url
    case 'sentinel':
      return { sentinels: [...way.sentinels], name: way.name, natMap: { ...way.natMap } }
    case 'cluster':
      return new Cluster([...way.nodes], { lazyConnect: true, natMap: { ...way.natMap } })
  }
}

/** A client as one makes it without a second thought. */
export function plainClient(url: string): Redis {
  const redis = new Redis(url)
  redis.on('error', () => {})
  return redis
}
