import { Redis } from 'ioredis'

const connectWithinMs = 5_000
const scanCount = 1_000

/** Resolves when the server answers; rejects at the first failure, and says which server it was. */
export async function pingRedis(url: string): Promise<void> {
  await withConnection(url, (redis) => redis.ping())
}

/** Removes every key with this text in its name. */
export async function forgetKeys(url: string, text: string): Promise<void> {
  await withConnection(url, async (redis) => {
    let cursor = '0'
    do {
      const [next, keys] = await redis.scan(cursor, 'MATCH', `*${text}*`, 'COUNT', scanCount)
      if (keys.length > 0) await redis.unlink(...keys)
      cursor = next
    } while (cursor !== '0')
  })
}

async function withConnection(url: string, use: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: connectWithinMs,
    commandTimeout: connectWithinMs,
    retryStrategy: () => null,
  })
  // Says more than the rejection that follows it, which only tells that the connection is closed.
  let reported: Error | undefined
  redis.on('error', (error) => {
    reported = error
  })
  try {
    await redis.connect()
    await use(redis)
  } catch (thrown) {
    const cause = reported ?? thrown
    throw new Error(`Redis at REDIS_URL failed: ${String(cause)}`, { cause })
  } finally {
    redis.disconnect()
  }
}
