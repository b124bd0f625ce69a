import { MAX_BYTES, MAX_NAMES } from './batch.ts'
import { Script } from './redis-commands.ts'
import { APPENDING, LOG } from './scripts.ts'

/**
 * For write services in other languages, which get it as docs/reference/broadcast.lua: of plain text it makes the message,
 * the names of the values, and the choice between PUBLISH and SPUBLISH.
 */
export const BROADCAST: Script = new Script(`#!lua flags=allow-oom
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
local MOST_NAMES, MOST_BYTES = ${MAX_NAMES}, ${MAX_BYTES}
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
  local rest = string.gsub(text, '[\\240-\\244][\\128-\\191][\\128-\\191][\\128-\\191]', 'x')
  rest = string.gsub(rest, '[\\224-\\239][\\128-\\191][\\128-\\191]', 'x')
  return not string.find(string.gsub(rest, '[\\194-\\223][\\128-\\191]', 'x'), '[\\128-\\255]')
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
${LOG}${APPENDING}
local payload = '\\150' .. cmsgpack.pack(1, KINDS[kind], origin, now(), 0)
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
`)
