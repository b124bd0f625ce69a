import { Script } from '@rescind/bus'

/** The group of all who save. */
export const GROUP = 'savers'

/** A member that has had the same connection for longer is asked to come again. */
const MEMBER_MS = 7 * 86_400_000

/**
 * KEYS: as `queueNames` lists them.
 *
 * A key is in `sequences` if and only if it is once in `queue` or in `retry`. Who has its entry of the queue saves it, and
 * nobody else does; so the writes of one key are saved one after the other.
 */
const PRELUDE = `
local queue, pending, sequences, unsaved, retry, attempts, dead, members, state = unpack(KEYS)
local GROUP = '${GROUP}'

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Plain concatenation would write a long number as 1.7e+15.
local function whole(number)
  return string.format('%.0f', number)
end

local function enqueue(id)
  redis.call('XADD', queue, '*', 'id', id)
end

local function drop(entry)
  redis.call('XACK', queue, GROUP, entry)
  redis.call('XDEL', queue, entry)
end

local function owned(entry, consumer)
  local held = redis.call('XPENDING', queue, GROUP, entry, entry, 1)[1]
  return held and held[2] == consumer
end
`

/**
 * Not of those that only read, also where it writes nothing: a server that was made a replica must refuse it, since it may
 * not know the newest writes. A full Redis must still hand out what it holds.
 */
const ALWAYS = `#!lua flags=allow-oom
${PRELUDE}`

/**
 * ARGV: process, mark of its connection, most keys, then key and value of each write. Returns for each its sequence and whether
 * it took the place of one that was not saved, or 0 for want of room; nothing if the process has a newer connection.
 */
export const ENQUEUE: Script = new Script(`#!lua
${PRELUDE}
if redis.call('HGET', members, ARGV[1]) ~= ARGV[2] then
  return {}
end
local room = tonumber(ARGV[3]) - redis.call('HLEN', sequences)
-- Above all that were given, also by a server that has lost them: it counts microseconds.
local time = redis.call('TIME')
local last = math.max(time[1] * 1000000 + time[2], (redis.call('HGET', state, 'last') or 0) + 1)
redis.call('HSET', state, 'last', whole(last + #ARGV))
local results = {}
for n = 4, #ARGV, 2 do
  local id, value, sequence = ARGV[n], ARGV[n + 1], whole(last + n)
  if room > 0 or redis.call('HEXISTS', sequences, id) == 1 then
    local replaced = redis.call('HSET', pending, id, value) == 0
    if redis.call('HSET', sequences, id, sequence) == 1 then
      room = room - 1
      redis.call('ZADD', unsaved, sequence, id)
      enqueue(id)
    else
      -- What failed was another value.
      redis.call('HDEL', attempts, id)
      if redis.call('ZREM', retry, id) == 1 then
        enqueue(id)
      end
    end
    results[#results + 1] = {sequence, replaced and 1 or 0}
  else
    results[#results + 1] = 0
  end
end
return results
`)

/**
 * ARGV: process, something unique, ms after which a process that does nothing counts as dead. Returns the mark of the connection
 * and what Redis does when it is full.
 */
export const JOIN: Script = new Script(`${ALWAYS}
local created = redis.pcall('XGROUP', 'CREATE', queue, GROUP, '0', 'MKSTREAM')
if created.err and not string.find(created.err, 'BUSYGROUP') then
  return redis.error_reply(created.err)
end
if redis.call('XLEN', queue) + redis.call('ZCARD', retry) < redis.call('HLEN', sequences) then
  -- The queue was lost, but not what was in it.
  redis.call('UNLINK', queue, retry)
  redis.call('XGROUP', 'CREATE', queue, GROUP, '0', 'MKSTREAM')
  for _, id in ipairs(redis.call('HKEYS', sequences)) do
    enqueue(id)
  end
end
for _, fields in ipairs(redis.call('XINFO', 'CONSUMERS', queue, GROUP)) do
  local consumer = {}
  for n = 1, #fields, 2 do
    consumer[fields[n]] = fields[n + 1]
  end
  if consumer.pending == 0 and consumer.idle > tonumber(ARGV[3]) then
    redis.call('XGROUP', 'DELCONSUMER', queue, GROUP, consumer.name)
  end
end
local time = now()
local all = redis.call('HGETALL', members)
for n = 1, #all, 2 do
  if time - string.match(all[n + 1], '%d+$') > ${MEMBER_MS} then
    redis.call('HDEL', members, all[n])
  end
end
local mark = ARGV[2] .. ' ' .. whole(time)
redis.call('HSET', members, ARGV[1], mark)
return {mark, string.match(redis.call('INFO', 'memory'), 'maxmemory_policy:([%w-]+)')}
`)

/**
 * ARGV: process, most keys, ms after which a process that holds a key counts as dead, the longest pause before another try in ms,
 * where to go on looking for keys of the dead. Returns where to go on, and for each key that this process holds now its entry,
 * id, sequence, failed tries, and the value; no value if it was saved or given up and only the caches are to be told.
 */
export const TAKE: Script = new Script(`${ALWAYS}
local consumer, most, lease, longest, cursor = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), ARGV[5]
local time = now()
local due = redis.call('ZRANGEBYSCORE', retry, '-inf', time, 'LIMIT', 0, most)
if #due == 0 then
  -- Further away than any pause: the clock was put back.
  due = redis.call('ZRANGEBYSCORE', retry, '(' .. whole(time + longest), '+inf', 'LIMIT', 0, most)
end
for _, id in ipairs(due) do
  redis.call('ZREM', retry, id)
  enqueue(id)
end

local taken = {}
local function take(entries)
  for _, entry in ipairs(entries) do
    local id = entry[2][2]
    local sequence = redis.call('HGET', sequences, id)
    if sequence then
      local failed = redis.call('HGET', attempts, id) or '0'
      taken[#taken + 1] = {entry[1], id, sequence, failed, redis.call('HGET', pending, id)}
    else
      drop(entry[1])
    end
  end
end
local function read(from)
  if #taken < most then
    local found = redis.call('XREADGROUP', 'GROUP', GROUP, consumer, 'COUNT', most - #taken, 'STREAMS', queue, from)
    take(found and found[1][2] or {})
  end
end

-- First what it has been given, and has not heard of.
read('0')
if #taken < most then
  local claimed = redis.call('XAUTOCLAIM', queue, GROUP, consumer, lease, cursor, 'COUNT', most - #taken)
  cursor = claimed[1]
  for _, entry in ipairs(claimed[2]) do
    -- It may be this very write that its process died of.
    redis.call('HINCRBY', attempts, entry[2][2], 1)
  end
  take(claimed[2])
end
read('>')
return {cursor, taken}
`)

/** ARGV: process, then entries. Holds them anew, and returns those that it still had. */
export const RENEW: Script = new Script(`${ALWAYS}
local kept = {}
for n = 2, #ARGV do
  if owned(ARGV[n], ARGV[1]) then
    redis.call('XCLAIM', queue, GROUP, ARGV[1], 0, ARGV[n], 'JUSTID')
    kept[#kept + 1] = ARGV[n]
  end
end
return kept
`)

/**
 * ARGV: process, then for each key its entry, id, the sequence that was tried, what became of it (\`saved\`, \`retry\` or \`dead\`),
 * the pause before another try in ms, failed tries, and the error. Returns for each what was done: \`cleared\` if the caches are to
 * be told now, \`newer\` if there is a newer write, which is in the queue again, \`waits\`, or \`lost\` if another process has the key.
 */
export const SETTLE: Script = new Script(`${ALWAYS}
local results = {}
for n = 2, #ARGV, 7 do
  local entry, id, sequence, what, pause, failed, reason = unpack(ARGV, n, n + 6)
  local result = 'cleared'
  if not owned(entry, ARGV[1]) then
    result = 'lost'
  elseif redis.call('HGET', sequences, id) ~= sequence then
    if what == 'saved' then
      redis.call('ZADD', unsaved, 'XX', 'GT', whole(sequence + 1), id)
    end
    drop(entry)
    enqueue(id)
    result = 'newer'
  elseif what == 'retry' then
    drop(entry)
    redis.call('HSET', attempts, id, failed)
    redis.call('ZADD', retry, whole(now() + pause), id)
    result = 'waits'
  else
    if what == 'dead' then
      local value = redis.call('HGET', pending, id)
      local fields = {'id', id, 'sequence', sequence, 'attempts', failed, 'error', reason, 'value', value or ''}
      redis.call('XADD', dead, '*', unpack(fields))
    end
    redis.call('HDEL', pending, id)
  end
  results[#results + 1] = result
end
return results
`)

/**
 * ARGV: process, then entry, id and sequence of each key of which the caches were told. Where a newer write came, the key is in the
 * queue again; with sequence 0 in any case.
 */
export const FINISH: Script = new Script(`${ALWAYS}
for n = 2, #ARGV, 3 do
  local entry, id, sequence = unpack(ARGV, n, n + 2)
  if owned(entry, ARGV[1]) then
    drop(entry)
    if redis.call('HGET', sequences, id) == sequence and redis.call('HEXISTS', pending, id) == 0 then
      redis.call('HDEL', sequences, id)
      redis.call('HDEL', attempts, id)
      redis.call('ZREM', unsaved, id)
    else
      redis.call('ZADD', unsaved, 'XX', 'GT', whole(sequence + 1), id)
      enqueue(id)
    end
  end
end
return 0
`)

/** ARGV: process. Gives back what it holds, and takes it out of the group. */
export const LEAVE: Script = new Script(`${ALWAYS}
redis.call('HDEL', members, ARGV[1])
for _, held in ipairs(redis.call('XPENDING', queue, GROUP, '-', '+', 10000, ARGV[1])) do
  local entry = redis.call('XRANGE', queue, held[1], held[1])[1]
  drop(held[1])
  enqueue(entry[2][2])
end
redis.call('XGROUP', 'DELCONSUMER', queue, GROUP, ARGV[1])
return 0
`)

/** ARGV: keys. Returns the values that are not saved. */
export const LOOK: Script = new Script(`${ALWAYS}
return redis.call('HMGET', pending, unpack(ARGV))
`)

/** Returns how many keys are not saved, how many of them wait for another try, how many writes were given up, the last sequence, the first unsaved one, and the time in µs. */
export const BACKLOG: Script = new Script(`${ALWAYS}
local time = redis.call('TIME')
local first = redis.call('ZRANGE', unsaved, 0, 0, 'WITHSCORES')[2]
local last = redis.call('HGET', state, 'last')
local counts = {redis.call('HLEN', sequences), redis.call('ZCARD', retry), redis.call('XLEN', dead)}
return {counts[1], counts[2], counts[3], last or '0', first or '', whole(time[1] * 1000000 + time[2])}
`)
