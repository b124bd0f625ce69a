import { createBento } from '../bento.ts'
import { createCacheable } from '../cacheable.ts'

/** A library that has tags, in front of Redis: it marks the tag, and compares each value with the mark when it is read. */
export interface TaggingPeer {
  /** Out of memory or Redis, unless a tag was invalidated; loaded, and given the tags, otherwise. */
  read(key: string, tags: readonly string[], load: () => number): Promise<number>
  invalidate(tag: string): Promise<void>
  close(): Promise<void>
}

const options = { name: 'bench-tags', ttlMs: 600_000, maxItems: 100_000 }

export const taggingPeers: Readonly<Record<string, (redisUrl: string) => Promise<TaggingPeer>>> = {
  bentocache: openBentocache,
  cacheable: openCacheable,
}

async function openBentocache(redisUrl: string): Promise<TaggingPeer> {
  const bento = await createBento({ redisUrl, ...options })
  return {
    read: (key, tags, load) => bento.getOrSet({ key, tags: [...tags], factory: load }),
    invalidate: async (tag) => void (await bento.deleteByTag({ tags: [tag] })),
    close: bento.close,
  }
}

/** Its own way to load gives no tags, so this is by hand. */
async function openCacheable(redisUrl: string): Promise<TaggingPeer> {
  const { cache, listening, close } = createCacheable({ redisUrl, ...options })
  cache.tags.enabled = true
  await listening()
  return {
    read: async (key, tags, load) => {
      const held = await cache.get<number>(key)
      if (held !== undefined) return held
      const loaded = load()
      await cache.set(key, loaded, { tags: [...tags] })
      return loaded
    },
    invalidate: async (tag) => void (await cache.tags.invalidateTag(tag)),
    close,
  }
}
