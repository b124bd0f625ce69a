import { Script } from '@rescind/bus'

/**
 * KEYS: value, lease. ARGV: token, lease in ms, stamp of a value that the caller judged dead, length of a stamp.
 * Returns {bytes, ms left} of a value, or 1: the lease is the caller's, 0: somebody else's, 2: Redis would not write it.
 */
export const TAKE: Script = new Script(`
local value = redis.pcall('GET', KEYS[1]) -- an error for another type, which is none of ours
if type(value) == 'string' and string.sub(value, 1, tonumber(ARGV[4])) ~= ARGV[3] then
  return {value, redis.call('PTTL', KEYS[1])}
end
local granted = redis.pcall('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])
if not granted then
  return 0
end
return granted.err and 2 or 1
`)

/**
 * KEYS: value, lease. ARGV: token, bytes, ms to live. Stores the value if the lease is still the caller's; returns 1 or
 * 0, or the error of Redis. The lease is given up whatever comes of it, or others would wait for nobody.
 */
export const FILL: Script = new Script(`
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 0
end
local stored = redis.pcall('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return stored.err and stored or 1
`)

/** KEYS: lease. ARGV: token. Gives the lease up, if it is still the caller's. */
export const RELEASE: Script = new Script(`
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
`)
