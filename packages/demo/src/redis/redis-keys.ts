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
  // Answered by the rejection of connect() or of a command.
  redis.on('error', () => {})
  try {
    await redis.connect()
    await use(redis)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`Redis at REDIS_URL does not answer: ${reason}`, { cause })
  } finally {
    redis.disconnect()
  }
}
