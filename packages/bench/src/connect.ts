import { Redis } from 'ioredis'

/** For peers; it reports an error to whoever waits for a reply, and connects again. */
export function connect(redisUrl: string): Redis {
  const redis = new Redis(redisUrl)
  redis.on('error', () => {})
  return redis
}
