import { InvalidArgumentError } from '@rescind/options'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { RedisReplyError, RedisTimeoutError } from './errors.ts'
import { RedisSession, type RedisSessionOptions } from './redis-session.ts'
import type { Session, SessionListener, Transport } from './transport.ts'
import { decodeBroadcast } from './wire.ts'
import { within } from './within.ts'

/**
 * Where Redis is: a URL, the options of ioredis, or a client of ioredis, which is duplicated and itself neither used
 * nor closed. A `keyPrefix` does not apply: the names in Redis are those of the bus.
 */
export type RedisTarget = string | RedisOptions | Redis

export interface RedisTransportOptions extends RedisSessionOptions {
  /** How long a connection may take until its subscription is acknowledged. */
  readonly connectTimeoutMs: number
}

/** Each session is a fresh client of ioredis that never retries on its own: the keeper decides when to try again. */
export class RedisTransport implements Transport {
  readonly #target: RedisTarget
  readonly #options: RedisTransportOptions

  /** @throws {InvalidArgumentError} */
  constructor(target: RedisTarget, options: RedisTransportOptions) {
    checkTarget(target)
    this.#target = target
    this.#options = options
  }

  async open(listener: SessionListener, signal?: AbortSignal): Promise<Session> {
    const { connectTimeoutMs } = this.#options
    const client = this.#createClient()
    let lastError: Error | undefined
    client.on('error', (error: Error) => {
      lastError = error
    })
    const session = new RedisSession(client, this.#options)
    const abort = () => client.disconnect()
    signal?.addEventListener('abort', abort)
    try {
      await within(
        this.#connect(client, listener),
        connectTimeoutMs,
        () => new RedisTimeoutError('a new connection', connectTimeoutMs),
      )
    } catch (error) {
      await session.close()
      throw lastError ?? error
    } finally {
      signal?.removeEventListener('abort', abort)
    }
    if (client.status !== 'ready') {
      throw lastError ?? new RedisTimeoutError('a new connection', connectTimeoutMs)
    }
    client.once('end', () => listener.onClose(lastError))
    return session
  }

  async #connect(client: Redis, listener: SessionListener): Promise<void> {
    await client.connect()
    const { onEntry } = listener
    if (!onEntry) {
      return
    }
    const { channel } = this.#options.names
    client.on('messageBuffer', (from: Buffer, bytes: Buffer) => {
      const entry = from.toString() === channel ? decodeBroadcast(bytes) : undefined
      if (entry) {
        onEntry(entry)
      } else {
        listener.onForeign?.()
      }
    })
    await client.subscribe(channel)
    if (client.mode === 'subscriber') {
      throw new RedisReplyError('The server does not speak RESP3: Redis 7.0 or newer, or Valkey, is needed')
    }
  }

  #createClient(): Redis {
    const target = this.#target
    const overrides = {
      lazyConnect: true,
      // RESP3: messages and replies share one connection, in the order in which the server made them.
      protocol: 3,
      replyMapping: 'legacy',
      retryStrategy: () => null,
      sentinelRetryStrategy: () => null,
      reconnectOnError: null,
      enableOfflineQueue: false,
      autoResubscribe: false,
      autoResendUnfulfilledCommands: false,
      enableAutoPipelining: false,
      maxRetriesPerRequest: null,
      commandTimeout: undefined,
      connectTimeout: this.#options.connectTimeoutMs,
      disconnectTimeout: 100,
      keyPrefix: '',
      readOnly: false,
      connectionName: `rescind:${this.#options.name}`,
    } as const satisfies RedisOptions
    if (typeof target === 'string') {
      return new Redis(target, overrides)
    }
    return target instanceof Redis ? target.duplicate(overrides) : new Redis({ ...target, ...overrides })
  }
}

function checkTarget(target: unknown): void {
  if (target instanceof Cluster) {
    throw new InvalidArgumentError(
      'redis',
      'a single Redis or one behind Sentinel (Redis Cluster is not served yet)',
      target,
    )
  }
  if (typeof target === 'string') {
    if (!/^rediss?:\/\//.test(target) || !URL.canParse(target)) {
      // Not shown as it came: it may hold a password.
      const shown = target.replace(/.*@/s, '…@')
      throw new InvalidArgumentError('redis', 'a URL such as redis://127.0.0.1:6379 or rediss://…', shown)
    }
  } else if (typeof target !== 'object' || target === null || Array.isArray(target)) {
    throw new InvalidArgumentError('redis', 'a URL, options of ioredis, or a client of ioredis', target)
  }
}
