import { Script } from './redis-commands.ts'

/*
 * KEYS: log, meta, tags, nodes. ARGV: channel, publish command, highest epoch that the caller knows, then each script's own.
 * A full Redis must still hear that data is old: hence allow-oom.
 */
const PRELUDE = `#!lua flags=allow-oom
local log, meta, tags, nodes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local channel, publish, known = ARGV[1], ARGV[2], tonumber(ARGV[3])
local NOTHING = '\\192' -- MessagePack nil

local function broadcast(position, previous, chain, payload)
  redis.call(publish, channel, '\\149' .. cmsgpack.pack(1, position, previous, chain) .. payload)
end

-- A new epoch begins with an entry of its own, that continues nobody's chain.
local function open_epoch(incarnation, newest)
  local time = redis.call('TIME')
  local ms = time[1] * 1000 + math.floor(time[2] / 1000)
  -- Plain concatenation would write a long number as 1.7e+12.
  local epoch = string.format('%.0f', math.max(ms, newest + 1, known + 1))
  redis.call('UNLINK', log, tags)
  redis.call('HSET', meta, 'epoch', epoch, 'incarnation', incarnation)
  redis.call('ZADD', tags, epoch, 'epoch')
  local position, chain = epoch .. '-0', redis.sha1hex(incarnation .. epoch)
  redis.call('XADD', log, position, 'c', chain, 'i', '', 'm', NOTHING)
  broadcast(position, '', chain, NOTHING)
  return position, chain
end

-- The tail of a log that is unbroken since this server began or was promoted.
local function tail()
  local incarnation = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
  local state = redis.call('HMGET', meta, 'epoch', 'incarnation')
  local epoch = tonumber(state[1] or 0)
  local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  local last_epoch = last and tonumber(string.match(last[1], '^%d+')) or 0
  local tags_epoch = tonumber(redis.call('ZSCORE', tags, 'epoch') or 0)
  if last and state[2] == incarnation and last_epoch == epoch and tags_epoch == epoch then
    return last[1], last[2][2]
  end
  return open_epoch(incarnation, math.max(epoch, last_epoch, tags_epoch))
end
`

/** ARGV 4..: node id, membership in ms. Returns the position and the chain of the tail. */
export const BEAT: Script = new Script(`${PRELUDE}
local position, chain = tail()
local time = redis.call('TIME')
local ms = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', nodes, ms, ARGV[4])
redis.call('ZREMRANGEBYSCORE', nodes, '-inf', '(' .. string.format('%.0f', ms - ARGV[5]))
return {position, chain}
`)

/**
 * KEYS 5..: values and leases to remove. ARGV 4..: message id, payload, length of the log, '1' for a retry, most tags to keep, then the tags it invalidates.
 * Returns the position, the previous chain and the chain of the entry.
 */
export const APPEND: Script = new Script(`${PRELUDE}
local id, payload, length, retry, most = ARGV[4], ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8])
for n = 5, #KEYS, 1000 do
  -- First, and whether or not this is a retry: whoever hears the message must not be able to read the value any more.
  redis.call('UNLINK', unpack(KEYS, n, math.min(n + 999, #KEYS)))
end
local last, previous = tail()

if retry == '1' then
  local recent = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1000)
  for n, entry in ipairs(recent) do
    if entry[2][4] == id then
      local before = recent[n + 1]
      return {entry[1], before and before[2][2] or '', entry[2][2]}
    end
  end
end

local chain = redis.sha1hex(previous .. id)
local epoch = string.match(last, '^%d+')
local position = redis.call('XADD', log, 'MAXLEN', '~', length, epoch .. '-*', 'c', chain, 'i', id, 'm', payload)
local seq = string.match(position, '%d+$')
for n = 9, #ARGV do
  redis.call('ZADD', tags, seq, 't:' .. ARGV[n])
end
local excess = #ARGV > 8 and redis.call('ZCARD', tags) - most or 0
if excess > 0 then
  -- The oldest go, a tenth more than must, and with them the knowledge of who was alive then: the floor says so.
  local last = excess + math.floor(most / 10) - 1
  local floor = redis.call('ZRANGE', tags, last, last, 'WITHSCORES')[2]
  redis.call('ZREMRANGEBYRANK', tags, 0, last)
  redis.call('ZADD', tags, floor, 'floor')
end
broadcast(position, previous, chain, payload)
return {position, previous, chain}
`)

/** KEYS: tags. ARGV: tags. Returns the epoch, the floor, then the marker of each tag; all from one moment. */
export const TAG_REPORT: Script = new Script(`#!lua flags=no-writes
local members = {'epoch', 'floor'}
for n, tag in ipairs(ARGV) do
  members[n + 2] = 't:' .. tag
end
local scores = redis.call('ZMSCORE', KEYS[1], unpack(members))
for n = 1, #members do
  scores[n] = scores[n] or ''
end
return scores
`)
