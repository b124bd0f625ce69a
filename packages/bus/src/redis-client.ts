import { InvalidArgumentError } from '@rescind/options'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { RedisReplyError } from './errors.ts'
import { within } from './within.ts'

/**
 * Where Redis is: a URL, the options of ioredis, or a client of ioredis (`Redis` or `Cluster`), which is duplicated and
 * itself neither used nor closed. A `keyPrefix` does not apply: the names in Redis are those of the bus.
 */
export type RedisTarget = string | RedisOptions | Redis | Cluster

/** A server of its own, and not a cluster. */
export type SingleTarget = Exclude<RedisTarget, Cluster>

export interface ClientLimits {
  readonly connectionName: string
  readonly connectTimeoutMs: number
}

/**
 * @param option its name, for the error.
 * @throws {InvalidArgumentError}
 */
export function checkTarget(option: string, target: unknown): asserts target is RedisTarget {
  if (typeof target === 'string') {
    checkUrl(option, target)
  } else if (typeof target !== 'object' || target === null || Array.isArray(target)) {
    throw new InvalidArgumentError(option, 'a URL, options of ioredis, or a client of ioredis', target)
  } else if ('duplicate' in target && !(target instanceof Redis) && !(target instanceof Cluster)) {
    // Taken for options, it would be a Redis on this host.
    throw new InvalidArgumentError(option, 'a client of the ioredis that Rescind uses, not of another one', target)
  }
}

function checkUrl(option: string, target: string): void {
  // Not shown as it came: it may hold a password.
  const shown = target.replace(/.*@/s, '…@')
  if (!/^rediss?:\/\//.test(target) || !URL.canParse(target)) {
    throw new InvalidArgumentError(option, 'a URL such as redis://127.0.0.1:6379 or rediss://…', shown)
  }
  // ioredis takes options from the query, and prefers them to those it is given.
  const reserved = Object.keys(oneConnection({ connectionName: '', connectTimeoutMs: 0 }))
  for (const given of new URL(target).searchParams.keys()) {
    if (reserved.includes(given)) {
      throw new InvalidArgumentError(option, `a URL without ?${given}=…, which is not for its user to set`, shown)
    }
  }
}

export function isCluster(target: RedisTarget): target is Cluster {
  return target instanceof Cluster
}

/** A client for one connection, that neither connects nor retries on its own. */
export function createClient(target: SingleTarget, limits: ClientLimits): Redis {
  const options = { ...oneConnection(limits), sentinelRetryStrategy: () => null, retryStrategy: () => null }
  if (typeof target === 'string') {
    return new Redis(target, options)
  }
  const { sentinels } = target instanceof Redis ? target.options : target
  if (sentinels) {
    // Each attempt asks them in the same order: one that is silent must leave time for the next.
    const each = Math.ceil(limits.connectTimeoutMs / 4)
    Object.assign(options, { connectTimeout: each, sentinelCommandTimeout: each })
  }
  return target instanceof Redis ? target.duplicate(options) : new Redis({ ...target, ...options })
}

/** A client for all shards of a cluster, that does not connect on its own and ends when it has lost them all. */
export function createClusterClient(target: Cluster, limits: ClientLimits): Cluster {
  return target.duplicate([], {
    ...target.options,
    lazyConnect: true,
    enableOfflineQueue: false,
    enableAutoPipelining: false,
    clusterRetryStrategy: () => null,
    // A command is sent again (16 times at most) while its shard is being connected to, but not long after its caller has
    // given it up.
    retryDelayOnFailover: 20,
    retryDelayOnTryAgain: 10,
    retryDelayOnClusterDown: 0,
    scaleReads: 'master',
    slotsRefreshTimeout: Math.min(1_000, limits.connectTimeoutMs),
    keyPrefix: '',
    redisOptions: { ...target.options.redisOptions, ...oneConnection(limits) },
  })
}

/**
 * A client for the connection to the shard that serves `key`.
 *
 * @throws {RedisReplyError} when no shard serves it.
 */
export async function createShardClient(cluster: Cluster, key: string, limits: ClientLimits): Promise<Redis> {
  const slot = await cluster.cluster('KEYSLOT', key)
  // «host:port», where the host may be an IPv6 address.
  const [, host, port] = /^(.*):(\d+)$/.exec(cluster.slots[slot]?.[0] ?? '') ?? []
  if (host === undefined) {
    throw new RedisReplyError(`No shard of the cluster serves slot ${slot} of ${key}`)
  }
  return createClient({ ...cluster.options.redisOptions, host, port: Number(port) }, limits)
}

/** Disconnects at once. */
export function sever(client: Redis | Cluster): void {
  for (const { stream } of client instanceof Cluster ? client.nodes() : [client]) {
    // A TLS handshake that is broken off can fail twice, and ioredis listens once. There is no socket before it connects.
    stream?.on('error', () => undefined)
  }
  client.disconnect()
}

/** How long a client is waited for that was told to end; one that looks for its primary may never say that it has. */
const END_MS = 1_000

/** Settles when the client has ended, or does not say so. To be called before `disconnect()`. */
export function ended(client: Redis | Cluster): Promise<void> {
  const end = new Promise<void>((resolve) => {
    if (client.status === 'end') {
      resolve()
    }
    client.once('end', () => resolve())
  })
  return within(end, END_MS, () => new Error('It goes on')).catch(() => undefined)
}

function oneConnection({ connectTimeoutMs, connectionName }: ClientLimits) {
  return {
    lazyConnect: true,
    // RESP3: messages and replies share one connection, in the order in which the server made them.
    protocol: 3,
    replyMapping: 'legacy',
    reconnectOnError: null,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    enableAutoPipelining: false,
    maxRetriesPerRequest: null,
    commandTimeout: undefined,
    stringNumbers: false,
    connectTimeout: connectTimeoutMs,
    disconnectTimeout: 100,
    keyPrefix: '',
    readOnly: false,
    connectionName,
  } as const satisfies RedisOptions
}
