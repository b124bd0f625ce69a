import { HOLDS, Script } from '@rescind/bus'
import { FRAME_HEAD } from './frames.ts'

/**
 * The scripts that are all that ever touches a value or a lease, besides their removal. Each but `look` is for any number of
 * values. The place of a value is its own key, or, while that one holds
 * the value of another schema, a key beside it: there it counts for as long as the other one stays, so that who removes a
 * key need not know of schemas.
 */
export interface L2Scripts {
  /**
   * KEYS: beside the log its meta and the log; the key of each value; in a cluster, where it is one, then its lease, the key beside, and its floor
   * where values have versions. ARGV: mark of the schema, length of a stamp, lease in ms, position and chain of an entry that the log must hold, a token
   * for each, all in one, '1' where values have versions; then for those that the caller judged dead their number and stamp, by turns. Returns
   * TAKEN.elsewhere or TAKEN.refused, or for each a frame: of one of TAKEN, with its ms left and its bytes if it is a value, else with its floor, if it has one.
   */
  readonly take: Script
  /**
   * KEYS: lease. ARGV: token, lease in ms. Makes the lease the caller's, whoever has it; who waits for it waits on.
   */
  readonly claim: Script
  /**
   * KEYS: as for `take`, without the log. ARGV: mark of the schema, length of a stamp, for each a frame of its ms to live and its bytes, which
   * begin with the token. Stores a value if the lease is still the caller's; returns one of FILLED for each, as digits, and after
   * them the error of Redis for each that is refused. The lease is given up whatever comes of it, or others would wait for nobody.
   */
  readonly fill: Script
  /** KEYS: for each a lease. ARGV: mark of the schema, length of a stamp, for each a token. Gives a lease up, if it is still the caller's; returns as `fill`. */
  readonly release: Script
  /**
   * KEYS: as for `take` in a cluster. ARGV: mark of the schema, length of a stamp. Changes nothing. Returns {bytes or an empty string, ms
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
  /** There is a value. */
  value: 5,
} as const

export const FILLED = {
  /** The lease was not the caller's any more. */
  lost: 0,
  done: 1,
  /** Done, and somebody waits for it. */
  awaited: 2,
  /** Redis would not write it. */
  refused: 3,
} as const

/** Where the version of the schema begins in its mark. */
const SCHEMA_FROM = 4

/**
 * `placeOf` returns where a value stands or is to stand, what is in front of one that counts there (the shard, and beside another
 * value the stamp of that one), and what is stored there; of its key it is told what is stored. `has` tells whether a lease
 * is the caller's, and whether somebody waits.
 *
 * The lease, the key beside and the floor are named after the value, in whose slot they are. A cluster wants them declared; elsewhere they need not be, and
 * a hit that declares one key in place of three costs ioredis a third of the arguments.
 */
const FUNCTIONS = `
local call, try, sub = redis.call, redis.pcall, string.sub
local mark, width = ARGV[1], tonumber(ARGV[2])

local function leaseOf(value)
  return value .. ':lease'
end

-- What is stored under each key: false if nothing is, a table for another type, which is none of ours.
local function read(keys)
  local stored, absent = call('MGET', unpack(keys)), {}
  for n, key in ipairs(keys) do
    absent[#absent + 1] = not stored[n] and key or nil
  end
  if #absent > 0 and call('EXISTS', unpack(absent)) > 0 then
    for n, key in ipairs(keys) do
      stored[n] = stored[n] or (call('EXISTS', key) == 1 and {})
    end
  end
  return stored
end

local function placeOf(value, stored)
  if type(stored) == 'string' and sub(stored, 1, #shard) == shard then
    local head = #shard + width
    local schema = sub(stored, head + 1, head + #mark)
    if schema ~= mark and sub(schema, 1, 1) == sub(mark, 1, 1) and call('PTTL', value) > 0 then
      local beside = value .. ':schema:' .. sub(mark, ${SCHEMA_FROM})
      return beside, sub(stored, 1, head), read({beside})[1]
    end
  end
  return value, shard, stored
end

local function has(holder, token)
  local own = shard .. token
  if holder == own then
    return true, ${FILLED.done}
  end
  return holder == own .. '!', ${FILLED.awaited}
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
local function take(value, found, token, dead)
  local place, before, stored = placeOf(value, found)
  if type(stored) == 'string' and sub(stored, 1, #before) == before then
    local bytes = sub(stored, #before + 1)
    if bytes ~= '' and (not dead or sub(bytes, 1, width) ~= dead) then
      return ${TAKEN.value}, math.max(call('PTTL', place), 0), bytes
    end
  end
  local lease = leaseOf(value)
  local granted = try('SET', lease, shard .. token, 'NX', 'PX', ARGV[3])
  if not granted then
    local holder = call('MGET', lease)[1]
    if holder and sub(holder, -1) ~= '!' then
      try('SET', lease, holder .. '!', 'KEEPTTL')
    end
    return ${TAKEN.busy}, 0, ''
  end
  if granted.err then
    return string.find(granted.err, 'READONLY', 1, true) and ${TAKEN.elsewhere} or ${TAKEN.refused}, 0, ''
  end
  return (type(stored) == 'table' or stored == '') and ${TAKEN.damaged} or ${TAKEN.lease}, 0, ''
end

local tokens, versions, dead = ARGV[6], ARGV[7] == '1', {}
for n = 8, #ARGV, 2 do
  dead[tonumber(ARGV[n])] = ARGV[n + 1]
end
local count, frames = #tokens / width, {}
local values = {unpack(KEYS, ${witnesses} + 1, ${witnesses} + count)}
local stored = read(values)
for n, value in ipairs(values) do
  local token = sub(tokens, width * (n - 1) + 1, width * n)
  local kind, left, bytes = take(value, stored[n], token, dead[n])
  -- For who is to load the value, or waits for it in vain; one that is there was loaded by somebody who knew the floor.
  if versions and kind ~= ${TAKEN.value} then
    bytes = call('MGET', value .. ':floor')[1] or ''
  end
  frames[2 * n - 1] = struct.pack('${FRAME_HEAD}', kind, left, #bytes)
  frames[2 * n] = bytes
end
return table.concat(frames)
`),
    claim: new Script(`
local shard = ${incarnation}
local holder = redis.pcall('GET', KEYS[1])
local awaited = type(holder) == 'string' and string.sub(holder, -1) == '!' and '!' or ''
return redis.call('SET', KEYS[1], shard .. ARGV[1] .. awaited, 'PX', ARGV[2])
`),
    fill: new Script(`
${begin}
local values, leases, contents, ttls = {}, {}, {}, {}
local frames, at = ARGV[3], 1
while at <= #frames do
  local n, _, length = #values + 1
  _, ttls[n], length, at = struct.unpack('${FRAME_HEAD}', frames, at)
  values[n], leases[n], contents[n] = KEYS[n], leaseOf(KEYS[n]), sub(frames, at, at + length - 1)
  at = at + length
end
local stored, holders = call('MGET', unpack(values)), call('MGET', unpack(leases))
local done, refusals, given = {}, {}, {}
for n, bytes in ipairs(contents) do
  local mine, how = has(holders[n], sub(bytes, 1, width))
  if mine then
    local place, before = placeOf(values[n], stored[n])
    local written = try('SET', place, before .. bytes, 'PX', ttls[n])
    if written.err then
      how, refusals[#refusals + 1] = ${FILLED.refused}, written
    end
    given[#given + 1] = leases[n]
  end
  done[n] = mine and how or ${FILLED.lost}
end
if #given > 0 then
  call('DEL', unpack(given))
end
return {table.concat(done), unpack(refusals)}
`),
    release: new Script(`
${begin}
local holders, done, given = call('MGET', unpack(KEYS)), {}, {}
for n, lease in ipairs(KEYS) do
  local mine, how = has(holders[n], ARGV[n + 2])
  done[n] = mine and how or ${FILLED.lost}
  if mine then
    given[#given + 1] = lease
  end
end
if #given > 0 then
  call('DEL', unpack(given))
end
return {table.concat(done)}
`),
    look: new Script(`
${begin}
local place, before, stored = placeOf(KEYS[1], read({KEYS[1]})[1])
local bytes = ''
if type(stored) == 'string' and sub(stored, 1, #before) == before then
  bytes = sub(stored, #before + 1)
end
return {bytes, call('PTTL', place), call('EXISTS', KEYS[2])}
`),
  }
}
