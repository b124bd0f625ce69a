import { Redis } from 'ioredis-5'

export type { Redis as Redis5 } from 'ioredis-5'

/** As `connect`, for the peers that need ioredis 5. */
export function connect5(redisUrl: string, options: { readonly enableAutoPipelining?: boolean } = {}): Redis {
  const redis = new Redis(redisUrl, options)
  redis.on('error', () => {})
  return redis
}
