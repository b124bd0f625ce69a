#!lua flags=allow-oom
-- Tells every member of a Rescind bus what is no longer current; see wire.md. Made by scripts/check-broadcast.mjs.
--
-- EVALSHA <sha> 3 {bus}:log {bus}:meta {bus}:tags <id> <origin> and one of
--   invalidate <region> <key> ...            these keys; removes their values first
--   bump <region> <key> <version> ...        these keys, where older than the version; removes their values first
--   invalidate-tags <tag> ...                what carries one of these tags
--   clear <region> ...                       these regions
--   clear-all                                everything
-- <id>: any text that no other message has, such as a UUID. <origin>: who says so, such as the name of the service.
-- In Redis Cluster it cannot remove values, which are on other shards: UNLINK each lease, and then each value, before. Of a bump
-- only those processes learn the version then that are members at the time.
-- Where the values are on servers of their own (valueServers) it refuses keys, and takes all else.
-- Returns the position in the log and its chain. Refuses, without effect, what it cannot send.

-- What the log keeps, as logLength and maxTags of the members: with less it would drop what they mean to keep.
local LENGTH, MOST_TAGS = 65536, 100000
-- Of one message: while its values are removed, the server does nothing else.
local MOST_NAMES, MOST_BYTES = 512, 262144
local KINDS = {invalidate = 1, ['invalidate-tags'] = 2, clear = 3, bump = 4, ['clear-all'] = 5}
local NAME = '1 to 64 letters, digits, dots, dashes or underscores, the first a letter or a digit'
local ESCAPES = {['%'] = '%25', ['{'] = '%7B', ['}'] = '%7D'}

local id, origin, kind = ARGV[1], ARGV[2], ARGV[3]
local bus = string.match(KEYS[1] or '', '^{(.*)}:log$')
local keyed = kind == 'invalidate' or kind == 'bump'
local region = keyed and ARGV[4]
local names = {}
for n = keyed and 5 or 4, #ARGV do
  names[#names + 1] = ARGV[n]
end

local function is_name(text)
  return text and #text <= 64 and string.find(text, '^%w[%w_.-]*$')
end

local function is_utf8(text)
  local rest = string.gsub(text, '[\240-\244][\128-\191][\128-\191][\128-\191]', 'x')
  rest = string.gsub(rest, '[\224-\239][\128-\191][\128-\191]', 'x')
  return not string.find(string.gsub(rest, '[\194-\223][\128-\191]', 'x'), '[\128-\255]')
end

local function is_version(text)
  return string.find(text, '^%d+$') and (#text < 19 or (#text == 19 and text <= '9223372036854775807'))
end

local function wrong(what, expected, received)
  return what .. ' must be ' .. expected .. '; received ' .. (received and '"' .. string.sub(received, 1, 80) .. '"' or 'nothing')
end

local function wrong_head()
  if #KEYS ~= 3 or not is_name(bus) or KEYS[2] ~= '{' .. bus .. '}:meta' or KEYS[3] ~= '{' .. bus .. '}:tags' then
    return wrong('KEYS', '{bus}:log {bus}:meta {bus}:tags', table.concat(KEYS, ' '))
  elseif not id or id == '' or #id > 64 then
    return wrong('the message id', '1 to 64 bytes', id)
  elseif not origin or origin == '' or #origin > 64 then
    return wrong('the origin', '1 to 64 bytes', origin)
  elseif not KINDS[kind] then
    return wrong('the kind', 'invalidate, bump, invalidate-tags, clear or clear-all', kind)
  elseif keyed and not is_name(region) then
    return wrong('the region', NAME, region)
  end
end

local function wrong_names()
  local step = kind == 'bump' and 2 or 1
  if kind == 'clear-all' then
    return #names > 0 and 'clear-all names nothing; received ' .. #names .. ' arguments more'
  elseif #names == 0 or #names % step > 0 or #names > MOST_NAMES * step then
    local expected = '1 to ' .. MOST_NAMES .. (step == 2 and ' keys, each with a version' or ' names')
    return wrong('what a message of kind ' .. kind .. ' names', expected, #names .. ' arguments')
  end
  for n = 1, #names, step do
    if kind == 'clear' and not is_name(names[n]) then
      return wrong('a region', NAME, names[n])
    elseif #names[n] > 1024 or not is_utf8(names[n]) then
      return wrong('a key or tag', 'at most 1024 bytes of UTF-8', names[n])
    elseif step == 2 and not is_version(names[n + 1]) then
      return wrong('a version', 'a whole number from 0 to 9223372036854775807', names[n + 1])
    end
  end
end

local refusal = wrong_head() or wrong_names()
if refusal then
  return redis.error_reply('ERR Rescind: ' .. refusal)
end

local clustered = string.find(redis.call('INFO', 'cluster'), 'cluster_enabled:1', 1, true)
local publish, known = clustered and 'SPUBLISH' or 'PUBLISH', 0

local log, meta, tags = KEYS[1], KEYS[2], KEYS[3]
local channel = string.gsub(log, ':log$', ':messages')
local NOTHING = '\192' -- MessagePack nil

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function broadcast(position, previous, chain, id, payload)
  redis.call(publish, channel, '\150' .. cmsgpack.pack(1, position, previous, chain, id) .. payload)
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

-- The version below which values of a key are not current: the highest one of all. Of two numbers the longer text is the higher.
local function raise(floor, version)
  local known = redis.pcall('GET', floor) -- an error for another type, which is none of ours
  known = type(known) == 'string' and #known < 20 and string.match(known, '^%d+$') or ''
  if #known > #version or (#known == #version and known > version) then
    version = known
  end
  redis.call('SET', floor, version, 'PX', 600000)
end

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
      text = text .. ';' .. till .. ' ' .. (count > 15 and '*' or other)
      if count > 15 then
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

local payload = '\150' .. cmsgpack.pack(1, KINDS[kind], origin, now(), 0)
if kind == 'clear-all' then
  payload = payload .. NOTHING
else
  payload = payload .. cmsgpack.pack(keyed and {region, names} or names)
end
if #payload > MOST_BYTES then
  return redis.error_reply('ERR Rescind: a message must be at most ' .. MOST_BYTES .. ' bytes: name less in each of several')
end
if keyed and not clustered then
  local values = {}
  for n = 1, #names, kind == 'bump' and 2 or 1 do
    local key = names[n] == '' and '%' or string.gsub(names[n], '[%%{}]', ESCAPES)
    local value = bus .. ':' .. region .. ':{' .. key .. '}'
    values[#values + 1] = value
    values[#values + 1] = value .. ':lease'
    if kind == 'bump' then
      raise(value .. ':floor', string.match(names[n + 1], '^0*(%d+)$'))
    end
  end
  remove(values, 1, #values)
end
local entry = append(id, payload, LENGTH, MOST_TAGS, kind, '', names)
if #entry == 0 then
  return redis.error_reply('ERR Rescind: the values of this bus are on servers of their own, and must be removed there; name tags or regions')
end
return {entry[1], entry[3]}
