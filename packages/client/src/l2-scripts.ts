import { HOLDS, Script } from '@rescind/bus'

/**
 * The scripts that are all that ever touches a value or a lease, besides their removal. Each is for any number of
 * keys: those of the first come first, then those of the second. The place of a value is its own key, or, while that one holds
 * the value of another schema, a key beside it: there it counts for as long as the other one stays, so that who removes a
 * key need not know of schemas.
 */
export interface L2Scripts {
  /**
   * KEYS: beside the log its meta and the log; where values have versions for each its floor; for each its key, lease, and key beside. ARGV: mark of the schema, length of a stamp,
   * lease in ms, position and chain of an entry that the log must hold; for each a token, and the stamp of a value
   * that the caller judged dead. Returns TAKEN.elsewhere, or for each {bytes, ms left} of a value, or one of TAKEN, or where there
   * is a floor {one of TAKEN, floor}.
   */
  readonly take: Script
  /**
   * KEYS: lease. ARGV: token, lease in ms. Makes the lease the caller's, whoever has it; who waits for it waits on.
   */
  readonly claim: Script
  /**
   * KEYS: for each value its key, lease, and key beside. ARGV: mark of the schema, length of a stamp; for each a token, bytes, ms to live.
   * Stores a value if the lease is still the caller's; returns for each one of FILLED, or the error of Redis. The
   * lease is given up whatever comes of it, or others would wait for nobody.
   */
  readonly fill: Script
  /** KEYS: for each a lease. ARGV: for each a token. Gives a lease up, if it is still the caller's; returns for each one of FILLED. */
  readonly release: Script
  /**
   * KEYS: value, lease, and key beside. ARGV: mark of the schema, length of a stamp. Changes nothing. Returns {bytes or an empty string, ms
   * left, 1 if somebody has the lease}.
   */
  readonly look: Script
}

export const TAKEN = {
  /** Somebody else's lease. It is noted that he is waited for. */
  busy: 0,
  /** The lease is the caller's. */
  lease: 1,
  /** Redis would not write it. */
  refused: 2,
  /** The log does not hold the entry, or this is a replica. */
  elsewhere: 3,
  /** The lease is the caller's, and what stood there was no value at all. */
  damaged: 4,
} as const

export const FILLED = {
  /** The lease was not the caller's any more. */
  lost: 0,
  done: 1,
  /** Done, and somebody waits for it. */
  awaited: 2,
} as const

/**
 * `placeOf` returns where a value stands or is to stand, what is in front of one that counts there (the shard, and beside another
 * value the stamp of that one), and what is stored there. `holds` tells whether a lease is the caller's, and whether somebody waits.
 */
const FUNCTIONS = `
local function placeOf(value, beside)
  local mark, width = ARGV[1], tonumber(ARGV[2])
  local stored = redis.pcall('GET', value) -- an error for another type, which is none of ours
  if type(stored) == 'string' and string.sub(stored, 1, #shard) == shard then
    local head = #shard + width
    local schema = string.sub(stored, head + 1, head + #mark)
    if schema ~= mark and string.sub(schema, 1, 1) == string.sub(mark, 1, 1) and redis.call('PTTL', value) > 0 then
      return beside, string.sub(stored, 1, head), redis.pcall('GET', beside)
    end
  end
  return value, shard, stored
end

local function has(lease, token)
  local holder = redis.pcall('GET', lease)
  local awaited = holder == shard .. token .. '!'
  return awaited or holder == shard .. token, awaited and ${FILLED.awaited} or ${FILLED.done}
end
`

/**
 * On the server of the log, the log tells which state of the server a value is read from: one that holds what the reader
 * has applied has seen all that the reader knows of, and all that its proof stands for.
 */
export const L2_BESIDE_LOG: L2Scripts = scripts(
  "''",
  `${HOLDS}
local held, layouts = holds(KEYS[1], KEYS[2], ARGV[4], ARGV[5])
if not held then
  return ${TAKEN.elsewhere}
elseif layouts then -- Others of the bus have values on servers of their own, and may not have removed what is here.
  return ${TAKEN.refused}
end
`,
  2,
)

/**
 * A shard of a cluster can fail over while the shard of the log does not, and so can a server of values: values and leases
 * carry the incarnation of their own server, and count for nothing under the next one. On a replica none counts, which
 * shares the incarnation of its primary and may lag behind it.
 */
export const L2_SHARDED: L2Scripts = scripts(
  `string.match(redis.call('INFO', 'replication'), 'role:master.-master_replid:(%x+)') or 'replica'`,
  '',
  0,
)

/** @param witnesses how many keys of the log come first. */
function scripts(incarnation: string, check: string, witnesses: number): L2Scripts {
  const begin = `local shard = ${incarnation}
${FUNCTIONS}`
  return {
    take: new Script(`${check}
${begin}
local function take(value, lease, beside, token, dead)
  local place, before, stored = placeOf(value, beside)
  if type(stored) == 'string' and string.sub(stored, 1, #before) == before then
    local bytes = string.sub(stored, #before + 1)
    if string.sub(bytes, 1, tonumber(ARGV[2])) ~= dead then
      return {bytes, redis.call('PTTL', place)}
    end
  end
  local granted = redis.pcall('SET', lease, shard .. token, 'NX', 'PX', ARGV[3])
  if not granted then
    local holder = redis.pcall('GET', lease)
    if type(holder) == 'string' and string.sub(holder, -1) ~= '!' then
      redis.pcall('SET', lease, holder .. '!', 'KEEPTTL')
    end
    return ${TAKEN.busy}
  end
  if granted.err then
    return string.find(granted.err, 'READONLY', 1, true) and ${TAKEN.elsewhere} or ${TAKEN.refused}
  end
  return (type(stored) == 'table' or stored == '') and ${TAKEN.damaged} or ${TAKEN.lease}
end

local replies, count = {}, (#ARGV - 5) / 2
local first = #KEYS - 3 * count
for n = 1, count do
  local key = first + 3 * n
  local reply = take(KEYS[key - 2], KEYS[key - 1], KEYS[key], ARGV[2 * n + 4], ARGV[2 * n + 5])
  -- Who is to load the value, or waits for it in vain; a value that is there was loaded by one who knew the floor.
  if first > ${witnesses} and type(reply) == 'number' then
    local floor = redis.pcall('GET', KEYS[first - count + n])
    reply = type(floor) == 'string' and {reply, floor} or reply
  end
  replies[n] = reply
end
return replies
`),
    claim: new Script(`
local shard = ${incarnation}
local holder = redis.pcall('GET', KEYS[1])
local awaited = type(holder) == 'string' and string.sub(holder, -1) == '!' and '!' or ''
return redis.call('SET', KEYS[1], shard .. ARGV[1] .. awaited, 'PX', ARGV[2])
`),
    fill: new Script(`
${begin}
local function fill(value, lease, beside, token, bytes, ttl)
  local mine, done = has(lease, token)
  if not mine then
    return ${FILLED.lost}
  end
  local place, before = placeOf(value, beside)
  local written = redis.pcall('SET', place, before .. bytes, 'PX', ttl)
  redis.call('DEL', lease)
  return written.err and written or done
end

local replies = {}
for n = 1, #KEYS / 3 do
  local key, arg = 3 * n, 3 * n + 2
  replies[n] = fill(KEYS[key - 2], KEYS[key - 1], KEYS[key], ARGV[arg - 2], ARGV[arg - 1], ARGV[arg])
end
return replies
`),
    release: new Script(`
${begin}
local replies = {}
for n, lease in ipairs(KEYS) do
  local mine, done = has(lease, ARGV[n])
  replies[n] = mine and done or ${FILLED.lost}
  if mine then
    redis.call('DEL', lease)
  end
end
return replies
`),
    look: new Script(`
${begin}
local place, before, stored = placeOf(KEYS[1], KEYS[3])
local bytes = ''
if type(stored) == 'string' and string.sub(stored, 1, #before) == before then
  bytes = string.sub(stored, #before + 1)
end
return {bytes, redis.call('PTTL', place), redis.call('EXISTS', KEYS[2])}
`),
  }
}
