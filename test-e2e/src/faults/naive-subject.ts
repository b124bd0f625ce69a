import QuickLru from 'quick-lru'
import type { Item } from '../database.ts'
import { KEYS, rowOf, tagsOf } from './keys.ts'
import type { MemberOptions } from './member.ts'
import { plainClient } from './redis-clients.ts'
import type { Load } from './rescind-subject.ts'
import type { Change, Subject } from './subject.ts'

/** What one would write in five minutes: PUBLISH, and delete what one hears. It knows of no loss. */
export function naiveSubject({ name, way }: MemberOptions, load: Load): Subject {
  if (way.kind !== 'single') throw new Error('The naive cache knows of one Redis')
  const lru = new QuickLru<string, Item>({ maxSize: 1_000 })
  const publisher = plainClient(way.url)
  const subscriber = plainClient(way.url)
  subscriber.on('message', (_channel: string, payload: string) => {
    for (const row of payload.split('\n')) lru.delete(row)
  })
  const subscribed = subscriber.subscribe(name).then(() => true)

  async function get(key: { readonly region: string; readonly key: string }): Promise<Item> {
    const row = rowOf(key)
    const held = lru.get(row)
    if (held) return held
    const item = await load(key)
    lru.set(row, item)
    return item
  }

  return {
    start: () => subscribed,
    get,
    async getMany(region, keys) {
      const items = await Promise.all(keys.map((key) => get({ region, key })))
      return new Map(keys.flatMap((key, n) => (items[n] ? [[key, items[n]]] : [])))
    },
    set: () => Promise.reject(new Error('The naive cache does not write')),
    behind: undefined,
    peek: (key) => lru.get(rowOf(key)),
    shared: async () => undefined,
    async announce(change) {
      const rows = namedBy(change)
      await publisher.publish(name, rows.join('\n'))
      for (const row of rows) lru.delete(row)
      return {}
    },
    queued: 0,
    status: () => ({ live: subscriber.status === 'ready', position: undefined }),
    async close() {
      publisher.disconnect()
      subscriber.disconnect()
    },
  }
}

function namedBy({ how, keys, tag = '' }: Change): string[] {
  const named = how === 'tag' ? KEYS.filter(({ key }) => tagsOf(key).includes(tag)) : keys
  return (how === 'all' ? KEYS : named).map(rowOf)
}
