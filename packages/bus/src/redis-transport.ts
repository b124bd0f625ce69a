import type { Redis } from 'ioredis'
import { ConnectionAttempt } from './connection-attempt.ts'
import { DisconnectedError, RedisReplyError, RedisTimeoutError } from './errors.ts'
import {
  type ClientLimits,
  checkTarget,
  createClient,
  createClusterClient,
  createShardClient,
  isCluster,
  type RedisTarget,
} from './redis-client.ts'
import { RedisLink } from './redis-link.ts'
import { RedisSession, type RedisSessionOptions } from './redis-session.ts'
import type { Session, SessionListener, Transport } from './transport.ts'
import { decodeBroadcast } from './wire.ts'
import { within } from './within.ts'

export interface RedisTransportOptions extends RedisSessionOptions {
  /** How long a connection may take until its subscription is acknowledged. */
  readonly connectTimeoutMs: number
}

/** Each session has fresh clients of ioredis that never retry on their own: the keeper decides when to try again. */
export class RedisTransport implements Transport {
  readonly #target: RedisTarget
  readonly #options: RedisTransportOptions
  readonly #limits: ClientLimits

  /** @throws {InvalidArgumentError} */
  constructor(target: RedisTarget, options: RedisTransportOptions) {
    checkTarget(target)
    const { name, connectTimeoutMs } = options
    this.#target = target
    this.#options = options
    this.#limits = { connectionName: `rescind:${name}`, connectTimeoutMs }
  }

  async open(listener: SessionListener, signal?: AbortSignal): Promise<Session> {
    const { connectTimeoutMs } = this.#options
    const attempt = new ConnectionAttempt()
    const late = () => new RedisTimeoutError('a new connection', connectTimeoutMs)
    let abort = () => {}
    // Not all that a client promises settles when it is disconnected.
    const aborted = new Promise<never>((_, reject) => {
      abort = () => {
        attempt.abort()
        reject(new DisconnectedError(attempt.lastError))
      }
    })
    signal?.addEventListener('abort', abort)
    try {
      const connected = Promise.race([this.#connect(attempt, listener), aborted])
      const session = await within(connected, connectTimeoutMs, late)
      if (!attempt.connected) {
        throw late()
      }
      attempt.onEnd(() => listener.onClose(attempt.lastError))
      return session
    } catch (error) {
      await attempt.close()
      throw attempt.lastError ?? error
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  async #connect(attempt: ConnectionAttempt, listener: SessionListener): Promise<Session> {
    const target = this.#target
    if (!isCluster(target)) {
      const client = attempt.add(createClient(target, this.#limits))
      // Large values would hold up the messages behind them, and count as a backlog of the subscription.
      const valuesClient = listener.onEntry && attempt.add(createClient(target, this.#limits))
      await Promise.all([client.connect(), valuesClient?.connect()])
      await this.#subscribe(client, listener, 'messageBuffer')
      const log = new RedisLink(client, this.#options)
      const values = valuesClient ? new RedisLink(valuesClient, { ...this.#options, cork: true }) : log
      return new RedisSession(log, values, this.#options)
    }
    const shards = attempt.add(createClusterClient(target, this.#limits))
    await shards.connect()
    // The log, its channel and all that belongs to it have one slot, so that one connection keeps their order.
    const client = attempt.add(await createShardClient(shards, this.#options.names.log, this.#limits))
    await client.connect()
    await this.#subscribe(client, listener, 'smessageBuffer')
    return new RedisSession(
      new RedisLink(client, this.#options),
      new RedisLink(shards, { ...this.#options, cork: true }),
      this.#options,
    )
  }

  async #subscribe(client: Redis, listener: SessionListener, event: 'messageBuffer' | 'smessageBuffer'): Promise<void> {
    const { onEntry } = listener
    if (!onEntry) {
      return
    }
    const { channel, wakes } = this.#options.names
    client.on(event, (from: Buffer, bytes: Buffer) => {
      const name = from.toString()
      if (name === wakes) {
        listener.onWake?.(bytes.toString())
        return
      }
      const entry = name === channel ? decodeBroadcast(bytes) : undefined
      if (entry) {
        onEntry(entry)
      } else {
        listener.onForeign?.()
      }
    })
    await (event === 'messageBuffer' ? client.subscribe(channel, wakes) : client.ssubscribe(channel, wakes))
    if (client.mode === 'subscriber') {
      throw new RedisReplyError('The server does not speak RESP3: Redis 7.0 or newer, or Valkey, is needed')
    }
  }
}
