import {
  checkInteger,
  checkName,
  checkOptions,
  type Duration,
  durationMs,
  InvalidArgumentError,
} from '@rescind/options'
import type { Layout } from './layout.ts'
import { busNames } from './names.ts'
import type { RedisTarget } from './redis-client.ts'
import { RedisTransport } from './redis-transport.ts'
import type { Transport } from './transport.ts'
import { checkValueServers } from './value-server-targets.ts'
import { ValueServers } from './value-servers.ts'

/** What members and publishers of a bus have in common. */
export interface ConnectionOptions {
  /**
   * The bus: all that is invalidated together. 1 to 64 letters, digits, `.`, `_` or `-`, the first a letter or a digit.
   * Two on one Redis need two names, even in different databases: channels have no database.
   */
  readonly name: string
  /** Where Redis (7.0 or newer) or Valkey is. Give this or `hub`. */
  readonly redis?: RedisTarget
  /**
   * Servers among which the values are spread by consistent hashing, by names of 1 to 64 letters, digits, `.`, `_` or `-`; only
   * the log stays where `redis` says. A name says which keys a server gets, and stays with its values: one that takes
   * another's place while that one can still be reached gets another name. Up to 64, alike in every process, though they may
   * be changed one process after the other. Not for a hub or a cluster. Default: values stand beside the log.
   */
  readonly valueServers?: Readonly<Record<string, RedisTarget>>
  /** A log in memory in place of Redis, such as a `MemoryHub`: for one process, and for tests. */
  readonly hub?: Transport
  /** Each command of Redis is given up after this long. Default `'250ms'`. Not for a hub. */
  readonly redisTimeout?: Duration
  /** A connection that is not up after this long is given up and tried again. Default `'2s'`. */
  readonly connectTimeout?: Duration
  /** A publish that is not acknowledged after this long rejects, and stays queued. Default `'2s'`. */
  readonly publishTimeout?: Duration
  /**
   * Most messages that may wait for Redis, and about how many bytes of them. Beyond that they are replaced by one that
   * clears everything, and `OutboxOverflowError` is reported. Default 10,000 and 16 MiB.
   */
  readonly maxQueued?: number
  readonly maxQueuedBytes?: number
  /**
   * How many messages the log keeps, about; a node that missed more starts with an empty L1. Default 65,536.
   * Set it alike in every process: each that writes trims to its own. Not for a hub.
   */
  readonly logLength?: number
  /** How long the log keeps a message at least, if `logLength` allows, and about twice as long at most. Default `'1h'`. Not for a hub. */
  readonly logAge?: Duration
  /**
   * How many tag markers Redis keeps; when more are needed, the oldest go, with all
   * tagged values from before. Default 100,000. Set it alike in every process. Not for a hub.
   */
  readonly maxTags?: number
  /** The bound B: how old a node's last proof of freshness may be. Default `'5s'`, at least 20 ms. */
  readonly maxStaleness?: Duration
  /**
   * Serve from L1 only what this node's own proof covers, also what it has just loaded: a node that is cut off serves
   * nothing from L1. Needed for `confirm`, and then in every process of the bus, publishers included, with the same
   * `maxStaleness`. Default false.
   */
  readonly strict?: boolean
}

export interface BusOptions extends ConnectionOptions {
  /**
   * How often a node asks for that proof. Default a quarter of `maxStaleness`, but not above `'1s'`; at least 5 ms, and
   * at most half of `maxStaleness`.
   */
  readonly heartbeat?: Duration
}

export interface ResolvedConnection {
  readonly name: string
  readonly transport: Transport
  /** By which values are spread over servers of their own. */
  readonly layout: Layout | undefined
  readonly publishTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly maxQueued: number
  readonly maxQueuedBytes: number
  readonly maxStalenessMs: number
  readonly strict: boolean
}

export interface ResolvedBus extends ResolvedConnection {
  readonly heartbeatMs: number
}

/** The names of the options that a publisher takes, in the order of the documentation. */
export const CONNECTION_OPTIONS: readonly (keyof ConnectionOptions)[] = [
  'name',
  'redis',
  'valueServers',
  'hub',
  'redisTimeout',
  'connectTimeout',
  'publishTimeout',
  'maxQueued',
  'maxQueuedBytes',
  'logLength',
  'logAge',
  'maxTags',
  'maxStaleness',
  'strict',
]

/** The names of the options of a bus, for those who take them along with their own. */
export const BUS_OPTIONS: readonly (keyof BusOptions)[] = [...CONNECTION_OPTIONS, 'heartbeat']

/** @throws {InvalidArgumentError} */
export function resolveBus(options: BusOptions): ResolvedBus {
  checkOptions('options', options, BUS_OPTIONS)
  const resolved = resolve(options)
  const { maxStalenessMs } = resolved
  const { heartbeat = Math.min(1_000, Math.floor(maxStalenessMs / 4)) } = options
  // Two beats must fit, or one late reply would make the node distrust itself.
  const heartbeatMs = durationMs('heartbeat', heartbeat, { minMs: 5, maxMs: Math.floor(maxStalenessMs / 2) })
  return { ...resolved, heartbeatMs }
}

/** @throws {InvalidArgumentError} */
export function resolveConnection(options: ConnectionOptions): ResolvedConnection {
  checkOptions('options', options, CONNECTION_OPTIONS)
  return resolve(options)
}

function resolve(options: ConnectionOptions): ResolvedConnection {
  const { name, redis, valueServers, hub, strict = false, maxStaleness = '5s' } = options
  const { maxQueued = 10_000, maxQueuedBytes = 2 ** 24, logLength = 65_536, maxTags = 100_000 } = options
  const { connectTimeout = '2s', redisTimeout = '250ms', publishTimeout = '2s', logAge = '1h' } = options
  checkName('name', name)
  checkInteger('maxQueued', maxQueued, 1, 2 ** 24)
  checkInteger('maxQueuedBytes', maxQueuedBytes, 2 ** 20, 2 ** 32)
  checkInteger('logLength', logLength, 16, 2 ** 24)
  checkInteger('maxTags', maxTags, 16, 2 ** 24)
  if (typeof strict !== 'boolean') {
    throw new InvalidArgumentError('strict', 'true or false', strict)
  }
  const maxStalenessMs = durationMs('maxStaleness', maxStaleness, { minMs: 20 })
  const logAgeMs = durationMs('logAge', logAge, { minMs: 1_000 })
  const connectTimeoutMs = durationMs('connectTimeout', connectTimeout, { minMs: 10 })
  const commandTimeoutMs = durationMs('redisTimeout', redisTimeout, { minMs: 5 })
  const publishTimeoutMs = durationMs('publishTimeout', publishTimeout, { minMs: 10 })
  const shared = { name, publishTimeoutMs, connectTimeoutMs, maxQueued, maxQueuedBytes, maxStalenessMs, strict }
  if (hub !== undefined && redis === undefined) {
    if (typeof hub?.open !== 'function') {
      throw new InvalidArgumentError('hub', 'a MemoryHub', hub)
    }
    if (valueServers !== undefined) {
      throw new InvalidArgumentError('valueServers', 'left out where there is no redis', valueServers)
    }
    return { ...shared, transport: hub, layout: undefined }
  }
  if (redis === undefined) {
    throw new InvalidArgumentError('redis', 'given, or hub in place of it', redis)
  }
  if (hub !== undefined) {
    throw new InvalidArgumentError('hub', 'left out where redis is given', hub)
  }
  const limits = { commandTimeoutMs, stallTimeoutMs: 1_000 }
  const servers =
    valueServers &&
    new ValueServers({ ...limits, busName: name, connectTimeoutMs, ...checkValueServers(valueServers, redis) })
  const transport = new RedisTransport(redis, {
    ...limits,
    name,
    names: busNames(name),
    connectTimeoutMs,
    logLength,
    logAgeMs,
    maxTags,
    servers,
  })
  return { ...shared, transport, layout: servers?.layout }
}
