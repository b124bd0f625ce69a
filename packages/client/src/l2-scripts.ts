import { HOLDS, Script } from '@rescind/bus'

/**
 * The scripts that are all that ever touches a value or a lease, besides their removal. The place of a value is its own key, or, while
 * that one holds the value of another schema, a key beside it: there it counts for as long as the other one stays, so
 * that who removes a key need not know of schemas.
 */
export interface L2Scripts {
  /**
   * KEYS: value, lease, value beside, and beside the log its meta and the log. ARGV: mark of the schema, length of a stamp, token, lease in
   * ms, stamp of a value that the caller judged dead, position and chain of an entry that the log must hold. Returns
   * {bytes, ms left} of a value, or 1: the lease is the caller's, 0: somebody else's, 2: Redis would not write it, 3: the log does
   * not hold the entry, or this is a replica, 4: as 1, and what stood there was no value at all.
   */
  readonly take: Script
  /**
   * KEYS: value, lease, value beside. ARGV: mark of the schema, length of a stamp, token, bytes, ms to live. Stores the value if
   * the lease is still the caller's; returns 1 or 0, or the error of Redis. The lease is given up whatever comes of it, or
   * others would wait for nobody.
   */
  readonly fill: Script
  /** KEYS: lease. ARGV: token. Gives the lease up, if it is still the caller's. */
  readonly release: Script
}

/**
 * Sets `place`, what is `stored` there, and what is in front of a value that counts there (`before`): the shard, and beside another
 * value the stamp of that one. KEYS 1 and 3 and ARGV 1 and 2 as above.
 */
const PLACE = `
local mark, width = ARGV[1], tonumber(ARGV[2])
local place, before = KEYS[1], shard
local stored = redis.pcall('GET', place) -- an error for another type, which is none of ours
if type(stored) == 'string' and string.sub(stored, 1, #shard) == shard then
  local head = #shard + width
  local schema = string.sub(stored, head + 1, head + #mark)
  if schema ~= mark and string.sub(schema, 1, 1) == string.sub(mark, 1, 1) and redis.call('PTTL', place) > 0 then
    place, before = KEYS[3], string.sub(stored, 1, head)
    stored = redis.pcall('GET', place)
  end
end
`

/**
 * On the server of the log, the log tells which state of the server a value is read from: one that holds what the reader
 * has applied has seen all that the reader knows of, and all that its proof stands for.
 */
export const L2_BESIDE_LOG: L2Scripts = scripts(
  "''",
  `${HOLDS}
if not holds(KEYS[4], KEYS[5], ARGV[6], ARGV[7]) then
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
${PLACE}
if type(stored) == 'string' and string.sub(stored, 1, #before) == before then
  local value = string.sub(stored, #before + 1)
  if string.sub(value, 1, width) ~= ARGV[5] then
    return {value, redis.call('PTTL', place)}
  end
end
local granted = redis.pcall('SET', KEYS[2], shard .. ARGV[3], 'NX', 'PX', ARGV[4])
if not granted then
  return 0
end
if granted.err then
  return string.find(granted.err, 'READONLY', 1, true) and 3 or 2
end
return (type(stored) == 'table' or stored == '') and 4 or 1
`),
    fill: new Script(`
${shard}
if redis.call('GET', KEYS[2]) ~= shard .. ARGV[3] then
  return 0
end
${PLACE}
local written = redis.pcall('SET', place, before .. ARGV[4], 'PX', ARGV[5])
redis.call('DEL', KEYS[2])
return written.err and written or 1
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
