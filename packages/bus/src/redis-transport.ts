import type { Redis } from 'ioredis'
import type { ConnectionAttempt } from './connection-attempt.ts'
import { RedisReplyError } from './errors.ts'
import { openClients } from './open-clients.ts'
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
    checkTarget('redis', target)
    const { name, connectTimeoutMs } = options
    this.#target = target
    this.#options = options
    this.#limits = { connectionName: `rescind:${name}`, connectTimeoutMs }
  }

  async open(listener: SessionListener, signal?: AbortSignal): Promise<Session> {
    const { connectTimeoutMs } = this.#options
    const { onClose } = listener
    return openClients((attempt) => this.#connect(attempt, listener), { connectTimeoutMs, onClose, signal })
  }

  async close(): Promise<void> {
    await this.#options.servers?.close()
  }

  async #connect(attempt: ConnectionAttempt, listener: SessionListener): Promise<Session> {
    const target = this.#target
    if (!isCluster(target)) {
      const client = attempt.add(createClient(target, this.#limits))
      const { servers } = this.#options
      // Large values would hold up the messages behind them, and count as a backlog of the subscription.
      const valuesClient = listener.onEntry && !servers ? attempt.add(createClient(target, this.#limits)) : undefined
      await Promise.all([client.connect(), valuesClient?.connect(), servers?.start(listener.onTrouble)])
      await this.#subscribe(client, listener, 'messageBuffer')
      const log = new RedisLink(client, this.#options)
      const values = valuesClient ? new RedisLink(valuesClient, this.#options) : log
      return new RedisSession({ log, values }, this.#options, listener)
    }
    const shards = attempt.add(createClusterClient(target, this.#limits))
    await shards.connect()
    // The log, its channel and all that belongs to it have one slot, so that one connection keeps their order.
    const client = attempt.add(await createShardClient(shards, this.#options.names.log, this.#limits))
    await client.connect()
    await this.#subscribe(client, listener, 'smessageBuffer')
    const log = new RedisLink(client, this.#options)
    const values = new RedisLink(shards, this.#options)
    return new RedisSession({ log, values }, this.#options, listener)
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
