import { HOLDS, Script } from '@rescind/bus'

/** The scripts that are all that ever touches a value or a lease, besides their removal. */
export interface L2Scripts {
  /**
   * KEYS: value, lease, and beside the log its meta and the log. ARGV: token, lease in ms, stamp of a value that the caller judged
   * dead, length of a stamp, position and chain of an entry that the log must hold. Returns {bytes, ms left} of a value,
   * or 1: the lease is the caller's, 0: somebody else's, 2: Redis would not write it, 3: the log does not hold the entry, or this is a replica.
   */
  readonly take: Script
  /**
   * KEYS: value, lease. ARGV: token, bytes, ms to live. Stores the value if the lease is still the caller's; returns 1
   * or 0, or the error of Redis. The lease is given up whatever comes of it, or others would wait for nobody.
   */
  readonly fill: Script
  /** KEYS: lease. ARGV: token. Gives the lease up, if it is still the caller's. */
  readonly release: Script
}

/**
 * On the server of the log, the log tells which state of the server a value is read from: one that holds what the reader
 * has applied has seen all that the reader knows of, and all that its proof stands for.
 */
export const L2_BESIDE_LOG: L2Scripts = scripts(
  "''",
  `${HOLDS}
if not holds(KEYS[3], KEYS[4], ARGV[5], ARGV[6]) then
  return 3
end
`,
)

/**
 * A shard of a cluster can fail over while the shard of the log does not: values and leases carry the incarnation of
 * their own shard, and count for nothing under the next one.
 */
export const L2_SHARDED: L2Scripts = scripts(
  `string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')`,
  '',
)

function scripts(incarnation: string, check: string): L2Scripts {
  const shard = `local shard = ${incarnation}`
  return {
    take: new Script(`${check}
${shard}
local stored = redis.pcall('GET', KEYS[1]) -- an error for another type, which is none of ours
if type(stored) == 'string' and string.sub(stored, 1, #shard) == shard then
  local value = string.sub(stored, #shard + 1)
  if string.sub(value, 1, tonumber(ARGV[4])) ~= ARGV[3] then
    return {value, redis.call('PTTL', KEYS[1])}
  end
end
local granted = redis.pcall('SET', KEYS[2], shard .. ARGV[1], 'NX', 'PX', ARGV[2])
if not granted then
  return 0
end
if granted.err then
  return string.find(granted.err, 'READONLY', 1, true) and 3 or 2
end
return 1
`),
    fill: new Script(`
${shard}
if redis.call('GET', KEYS[2]) ~= shard .. ARGV[1] then
  return 0
end
local stored = redis.pcall('SET', KEYS[1], shard .. ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return stored.err and stored or 1
`),
    release: new Script(`
${shard}
if redis.call('GET', KEYS[1]) == shard .. ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
`),
  }
}
