import type { LocalPeer } from './local-cache.ts'
import { lruCache } from './lru-cache.ts'
import { quickLru } from './quick-lru.ts'
import { rescind } from './rescind.ts'

export const ours: LocalPeer = rescind

/** What we are compared with. */
export const others: readonly LocalPeer[] = [quickLru, lruCache]
