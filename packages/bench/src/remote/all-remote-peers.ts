import type { OpenRemote } from './remote-cache.ts'

export type RemotePeer =
  | 'rescind'
  | 'layered-loader'
  | 'bentocache'
  | 'cacheable'
  | 'node-redis'
  | 'cache-manager'
  | 'async-cache-dedupe'
  | 'by hand'

/** Each is imported only by the process that it has for itself: some take a second to load. */
const remotePeers: Readonly<Record<RemotePeer, () => Promise<OpenRemote>>> = {
  rescind: async () => (await import('./rescind.ts')).openRescind,
  'layered-loader': async () => (await import('./layered-loader.ts')).openLayeredLoader,
  bentocache: async () => (await import('./bentocache.ts')).openBentocache,
  cacheable: async () => (await import('./cacheable.ts')).openCacheable,
  'node-redis': async () => (await import('./node-redis.ts')).openNodeRedis,
  'cache-manager': async () => (await import('./cache-manager.ts')).openCacheManager,
  'async-cache-dedupe': async () => (await import('./async-cache-dedupe.ts')).openAsyncCacheDedupe,
  'by hand': async () => (await import('./by-hand.ts')).openByHand,
}

/** What we are compared with, in the order in which it is shown. */
export const otherRemotes: readonly RemotePeer[] = [
  ...(['layered-loader', 'bentocache', 'cacheable', 'node-redis'] as const),
  ...(['cache-manager', 'async-cache-dedupe', 'by hand'] as const),
]

export function loadRemote(peer: RemotePeer): Promise<OpenRemote> {
  return remotePeers[peer]()
}
