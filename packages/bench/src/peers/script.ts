import { randomUUID } from 'node:crypto'
import { busNames, leaseKey, valueKey } from '@rescind/bus'
import { APPEND } from '@rescind/bus/internal'
import { connect } from '../connect.ts'
import { createLru } from '../lru.ts'
import type { Peer, PeerPublisher, PeerReceiver } from './peer.ts'

const name = 'bench-script'
const region = 'items'
const { log, meta, tags, channel } = busNames(name)
/** Also before the first key, to tell the keys from what the script writes before them. */
const separator = '\n'

/**
 * The price of the log alone: the script that our publisher calls, in place of PUBLISH, and otherwise what `naive` does.
 * Nobody checks, or could catch up.
 */
export const script: Peer = { name: 'script', openPublisher, openReceiver }

async function openPublisher(redisUrl: string): Promise<PeerPublisher> {
  const redis = connect(redisUrl)
  await redis.script('LOAD', APPEND.source)
  return {
    invalidate: async (keys) => {
      const leases = keys.map((key) => leaseKey(name, region, key))
      const values = keys.map((key) => valueKey(name, region, key))
      const payload = separator + keys.join(separator)
      // The last one: values stand beside the log.
      const args = ['PUBLISH', '0', randomUUID(), payload, '65536', '100000', '0', 'invalidate', '']
      await redis.evalsha(APPEND.sha, 3 + 2 * keys.length, log, meta, tags, ...leases, ...values, ...args)
    },
    close: async () => void (await redis.quit()),
  }
}

async function openReceiver(redisUrl: string, onGone: (keys: readonly string[]) => void): Promise<PeerReceiver> {
  const lru = createLru<{ readonly id: string }>(50_000)
  const redis = connect(redisUrl)
  redis.on('message', (_channel, broadcast) => {
    const [, ...keys] = broadcast.split(separator)
    for (const key of keys) lru.delete(key)
    // The first of a log names none.
    if (keys.length > 0) onGone(keys)
  })
  await redis.subscribe(channel)
  return {
    hold: async (keys) => {
      for (const id of keys) lru.set(id, { id })
    },
    holds: (key) => lru.has(key),
    close: async () => void (await redis.quit()),
  }
}
