import { eventually } from '@rescind/testbed'
import { connect } from '../connect.ts'
import { createLru } from '../lru.ts'
import type { Source } from './source.ts'
import type { Store, StoreOptions } from './store.ts'

const channel = 'bench-clear'

/**
 * A cache for each process, with one load per key at a time, emptied by a message on a channel, and after the connection
 * was lost, since messages may have been.
 */
export async function openPerProcess({ redisUrl }: StoreOptions, source: Source): Promise<Store> {
  const lru = createLru<unknown>(10_000)
  const loading = new Map<string, Promise<unknown>>()
  const empty = () => {
    lru.clear()
    loading.clear()
  }
  const subscriber = connect(redisUrl)
  const publisher = connect(redisUrl)
  subscriber.on('message', empty)
  await subscriber.subscribe(channel)
  subscriber.on('ready', empty)

  async function load(id: string): Promise<unknown> {
    const value = await source.load(id)
    lru.set(id, value)
    loading.delete(id)
    return value
  }

  const checkReady = () => {
    if (subscriber.status !== 'ready') throw new Error(`The subscriber is ${subscriber.status}`)
  }
  return {
    ready: () => eventually(checkReady),
    holds: (id) => lru.has(id),
    read(id) {
      if (lru.has(id)) return Promise.resolve(lru.get(id))
      const underWay = loading.get(id) ?? load(id)
      loading.set(id, underWay)
      return underWay
    },
    clear: async () => void (await publisher.publish(channel, '')),
    close: async () => {
      subscriber.disconnect()
      publisher.disconnect()
    },
  }
}
