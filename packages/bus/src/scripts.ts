import { UNKNOWN_LAYOUT } from './layout.ts'
import { Script } from './redis-commands.ts'

/** So many layouts of one epoch are told apart, the last ones. */
const MAX_LAYOUTS = 15

/** How long a floor is kept after it was last raised; as long as a process keeps those that it has heard of. */
const FLOOR_MS = 600_000

/** What scripts know of the log. KEYS: log, meta, tags; their fields are listed in docs/reference/wire.md. */
export const LOG = `
local log, meta, tags = KEYS[1], KEYS[2], KEYS[3]
local channel = string.gsub(log, ':log$', ':messages')
local NOTHING = '\\192' -- MessagePack nil

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function broadcast(position, previous, chain, id, payload)
  redis.call(publish, channel, '\\150' .. cmsgpack.pack(1, position, previous, chain, id) .. payload)
end

local function fields(prefix)
  local found = {}
  for _, field in ipairs(redis.call('HKEYS', meta)) do
    if string.sub(field, 1, #prefix) == prefix then
      found[#found + 1] = field
    end
  end
  return found
end

-- A new epoch begins with an entry of its own, that continues nobody's chain.
local function open_epoch(incarnation, newest, cleared, id, payload)
  -- Plain concatenation would write a long number as 1.7e+12.
  local epoch = string.format('%.0f', math.max(now(), newest + 1, known + 1))
  redis.call('UNLINK', log, tags)
  if not cleared then
    redis.call('UNLINK', meta)
    redis.call('HSET', meta, 'incarnation', incarnation, 'born', epoch)
  else
    -- The history goes on: who is a member stays known.
    for _, field in ipairs(fields('r:')) do
      redis.call('HDEL', meta, field)
    end
    redis.call('HDEL', meta, 'layouts')
  end
  local chain = redis.sha1hex(incarnation .. epoch .. id)
  redis.call('HSET', meta, 'epoch', epoch, 'seq', '0', 'chain', chain)
  redis.call('ZADD', tags, epoch, 'epoch')
  redis.call('XADD', log, epoch .. '-0', 'c', chain, 'i', id, 'm', payload)
  broadcast(epoch .. '-0', '', chain, id, payload)
  return epoch, '0', chain, incarnation
end

-- History was lost: of whatever is left, the new epoch is the newest.
local function start_over()
  local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  local logged = last and string.match(last[1], '^%d+') or 0
  local marked = redis.call('ZSCORE', tags, 'epoch') or 0
  local incarnation = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
  local newest = math.max(redis.call('HMGET', meta, 'epoch')[1] or 0, logged, marked)
  return open_epoch(incarnation, newest, false, table.concat(redis.call('TIME'), '.'), NOTHING)
end

-- Epoch, seq, chain, incarnation and, if any, layouts, as meta has them.
local function tail()
  local state = redis.call('HMGET', meta, 'epoch', 'seq', 'chain', 'incarnation', 'layouts')
  if not state[3] or tonumber(state[1]) < known then
    return start_over()
  end
  return state[1], state[2], state[3], state[4], state[5]
end

-- The same of a log that is as meta says, and unbroken since this server began or was promoted.
local function proven_tail()
  local epoch, seq, chain, incarnation = tail()
  local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  local marked = redis.call('ZSCORE', tags, 'epoch')
  local same = last and last[1] == epoch .. '-' .. seq and last[2][2] == chain and tonumber(marked or 0) == tonumber(epoch)
  if same and string.find(redis.call('INFO', 'replication'), 'master_replid:' .. incarnation, 1, true) then
    return epoch, seq, chain, incarnation
  end
  return start_over()
end

local function members()
  local found = {}
  for _, field in ipairs(fields('n:')) do
    found[#found + 1] = string.sub(field, 3)
    found[#found + 1] = redis.call('HGET', meta, field)
  end
  return found
end
`

/** ARGV: publish command, highest epoch that the caller knows. A full Redis must still hear that data is old: hence allow-oom. */
const PRELUDE = `#!lua flags=allow-oom
local publish, known = ARGV[1], tonumber(ARGV[2])
${LOG}`

/**
 * ARGV 3..: node id, last position applied, the bound of a strict node in ms or 0, birth of the history that the node has watched for
 * long enough, age in ms beyond which entries may go, then ids and marks of members that have not beaten for long enough.
 * Returns position and chain of the tail, incarnation, beats counted, birth of the history, whether it was watched for long
 * enough by anybody, and every now and then the members with their marks.
 */
export const BEAT: Script = new Script(`${PRELUDE}
local epoch, seq, chain, incarnation = proven_tail()
local position = epoch .. '-' .. seq
local beats = redis.call('HINCRBY', meta, 'beats', 1)
redis.call('HSET', meta, 'n:' .. ARGV[3], beats .. ' ' .. ARGV[4] .. ' ' .. ARGV[5])
for n = 8, #ARGV, 2 do
  if redis.call('HGET', meta, 'n:' .. ARGV[n]) == ARGV[n + 1] then
    redis.call('HDEL', meta, 'n:' .. ARGV[n])
  end
end
local state = redis.call('HMGET', meta, 'born', 'settled', 'aged-at', 'aged-to')
local born, settled, aged_at, aged_to = state[1] or '', state[2], tonumber(state[3] or 0), state[4]
if not settled and born == ARGV[6] then
  redis.call('HSET', meta, 'settled', 1)
  settled = '1'
end
local time = now()
if time - aged_at >= tonumber(ARGV[7]) or time < aged_at then
  -- What was in the log when this was last noted is older than that now.
  if aged_to and time >= aged_at then
    redis.call('XTRIM', log, 'MINID', '~', aged_to)
  end
  redis.call('HSET', meta, 'aged-at', string.format('%.0f', time), 'aged-to', position)
end
-- About sixteen members for each beat, however many there are.
local every = math.ceil(redis.call('HLEN', meta) / 16)
return {position, chain, incarnation, beats, born, settled and 1 or 0, beats % every == 0 and members() or {}}
`)

/** Returns the epoch, whether the history was watched for long enough, and the members with their marks. */
export const MEMBERS: Script = new Script(`${PRELUDE}
local epoch, seq = proven_tail()
return {epoch .. '-' .. seq, redis.call('HEXISTS', meta, 'settled'), members()}
`)

/** How the version of a bump is kept, for those who do not hear of it. */
const FLOORS = `
-- The version below which values of a key are not current: the highest one of all. Of two numbers the longer text is the higher.
local function raise(floor, version)
  local known = redis.pcall('GET', floor) -- an error for another type, which is none of ours
  known = type(known) == 'string' and #known < 20 and string.match(known, '^%d+$') or ''
  if #known > #version or (#known == #version and known > version) then
    version = known
  end
  redis.call('SET', floor, version, 'PX', ${FLOOR_MS})
end
`

/** How a message gets into the log. */
export const APPENDING: string = `${FLOORS}
-- First: whoever hears the message must not be able to read the values any more.
local function remove(keys, first, last)
  for n = first, last, 1000 do
    redis.call('UNLINK', unpack(keys, n, math.min(n + 999, last)))
  end
end

-- By which layout values are removed from here on; behind it until which seq it was done by which others.
local function lay_out(layout, seq, layouts)
  local current, earlier = string.match(layouts or '', '^([^;]*)(.*)$')
  local text, count = layout .. ';' .. seq .. ' ' .. current, 1
  for till, other in string.gmatch(earlier, ';(%d+) ([^;]*)') do
    if other ~= layout and other ~= current then
      count = count + 1
      text = text .. ';' .. till .. ' ' .. (count > ${MAX_LAYOUTS} and '${UNKNOWN_LAYOUT}' or other)
      if count > ${MAX_LAYOUTS} then
        break
      end
    end
  end
  redis.call('HSET', meta, 'layouts', text)
end

-- Returns nothing, and does nothing, if it is to be said first by which layout values are removed, or was said.
local function append(id, payload, length, most, effect, layout, names)
  local epoch, last, previous, incarnation, layouts = tail()
  local keyed = effect == 'invalidate' or effect == 'bump'
  if keyed or effect == 'lay-out' then
    local same = string.match(layouts or '', '^[^;]*') == layout
    if same ~= keyed then
      return {}
    end
  end
  if effect == 'clear-all' then
    local opened, seq, chain = open_epoch(incarnation, tonumber(epoch), true, id, payload)
    return {opened .. '-' .. seq, '', chain}
  end
  local seq, chain = string.format('%.0f', last + 1), redis.sha1hex(previous .. id .. incarnation)
  local position = epoch .. '-' .. seq
  local added = redis.pcall('XADD', log, 'NOMKSTREAM', 'MAXLEN', '~', length, position, 'c', chain, 'i', id, 'm', payload)
  if type(added) ~= 'string' then
    -- There is no log, or it has gone on without meta.
    epoch, last, previous, incarnation, layouts = start_over()
    seq, chain = '1', redis.sha1hex(previous .. id .. incarnation)
    position = epoch .. '-1'
    redis.call('XADD', log, position, 'c', chain, 'i', id, 'm', payload)
  end
  redis.call('HSET', meta, 'seq', seq, 'chain', chain)
  if effect == 'clear' then
    for _, region in ipairs(names) do
      redis.call('HSET', meta, 'r:' .. region, seq)
    end
  elseif effect == 'lay-out' then
    lay_out(layout, seq, layouts)
  elseif effect == 'invalidate-tags' then
    for _, tag in ipairs(names) do
      redis.call('ZADD', tags, seq, 't:' .. tag)
    end
    local excess = redis.call('ZCARD', tags) - most
    if excess > 0 then
      -- The oldest go, a tenth more than must, and with them the knowledge of who was alive then: the floor says so.
      local rank = excess + math.floor(most / 10) - 1
      local floor = redis.call('ZRANGE', tags, rank, rank, 'WITHSCORES')[2]
      redis.call('ZREMRANGEBYRANK', tags, 0, rank)
      redis.call('ZADD', tags, floor, 'floor')
    end
  end
  broadcast(position, previous, chain, id, payload)
  return {position, previous, chain}
end
`

/** A function that returns from which key on all are to be removed, the first of them being a lease that may stay. */
const SPARING = `
-- Whichever server granted it, a token is of one lease.
local function spare(keys, first, token)
  local holder = redis.pcall('GET', keys[first])
  return type(holder) == 'string' and string.find(holder, token, 1, true) and first + 1 or first
end
`

/** KEYS: a lease, then what else is to be removed. ARGV: the token of the lease that is to stay. */
export const REMOVE: Script = new Script(`${SPARING}
local first = spare(KEYS, 1, ARGV[1])
return first <= #KEYS and redis.call('UNLINK', unpack(KEYS, first)) or 0
`)

/**
 * KEYS 4..: values and leases to remove, then floors to raise. ARGV 3..: message id, payload, length of the log, most tags to keep, '1'
 * for a retry, kind, the layout by which values were removed, then the tags or regions it names, or the version for each floor. Of
 * kind `lay-out` it only says the layout. Of kind `invalidate` a token may follow: of the lease at KEYS 4, which then stays.
 * Returns the position, the previous chain and the chain of the entry; nothing if the layout is to be said first, or was said.
 */
export const APPEND: Script = new Script(`${PRELUDE}${APPENDING}${SPARING}
local id, payload, length, most, retry, kind, layout = unpack(ARGV, 3, 9)
local floors = kind == 'bump' and #ARGV - 9 or 0
-- A retry too: values may have been stored since.
remove(KEYS, kind == 'invalidate' and ARGV[10] and spare(KEYS, 4, ARGV[10]) or 4, #KEYS - floors)
for n = 1, floors do
  raise(KEYS[#KEYS - floors + n], ARGV[9 + n])
end
if retry == '1' then
  local recent = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1000)
  for n, entry in ipairs(recent) do
    if entry[2][4] == id then
      local before = recent[n + 1]
      return {entry[1], before and before[2][2] or '', entry[2][2]}
    end
  end
end
local names = {}
for n = 10, #ARGV do
  names[n - 9] = ARGV[n]
end
return append(id, payload, length, tonumber(most), kind, layout, names)
`)

/** KEYS: floors to raise, where values are not beside the log. ARGV: the version for each. */
export const RAISE: Script = new Script(`#!lua flags=allow-oom
${FLOORS}
for n, floor in ipairs(KEYS) do
  raise(floor, ARGV[n])
end
`)

/** KEYS: meta. ARGV: node id. */
export const LEAVE: Script = new Script(`return redis.call('HDEL', KEYS[1], 'n:' .. ARGV[1])`)

/** A function of scripts that read: holds(meta, log, position, chain). Tells as well by which layouts values are removed. */
export const HOLDS = `
-- Whether the log holds this entry: then it, and the state of this server, have seen all that came before it as well.
local function holds(meta, log, position, chain)
  local tail = redis.call('HMGET', meta, 'epoch', 'seq', 'chain', 'layouts')
  if tail[3] == chain and tail[1] .. '-' .. tail[2] == position then
    return true, tail[4]
  end
  local entry = redis.call('XRANGE', log, position, position)[1]
  return entry and entry[2][2] == chain, tail[4]
end
`

/** KEYS: log, meta. ARGV: position and chain of an entry that the log must hold, or nil is returned; else the layouts, or nothing. */
export const LAYOUTS: Script = new Script(`#!lua flags=no-writes
${HOLDS}
local held, layouts = holds(KEYS[2], KEYS[1], ARGV[1], ARGV[2])
return held and (layouts or '') or nil
`)

/**
 * KEYS: log, meta, tags. ARGV: position and chain of an entry that the log must hold, region, tags. Returns the marker of the region,
 * the floor, and the marker of each tag, all from one moment; nothing if the log does not hold the entry.
 */
export const MARKERS: Script = new Script(`#!lua flags=no-writes
${HOLDS}
local members = {'epoch', 'floor'}
for n = 4, #ARGV do
  members[n - 1] = 't:' .. ARGV[n]
end
local scores = redis.call('ZMSCORE', KEYS[3], unpack(members))
local epoch = string.match(ARGV[1], '^%d+')
if not holds(KEYS[2], KEYS[1], ARGV[1], ARGV[2]) or tonumber(scores[1] or 0) ~= tonumber(epoch) then
  return {}
end
scores[1] = redis.call('HGET', KEYS[2], 'r:' .. ARGV[3])
for n = 1, #members do
  scores[n] = scores[n] or ''
end
return scores
`)
