import { openAsyncCacheDedupe } from './async-cache-dedupe.ts'
import { openBentocache } from './bentocache.ts'
import { openByHand } from './by-hand.ts'
import { openCacheManager } from './cache-manager.ts'
import { openCacheable } from './cacheable.ts'
import { openLayeredLoader } from './layered-loader.ts'
import { openNodeRedis } from './node-redis.ts'
import type { OpenRemote } from './remote-cache.ts'
import { openRescind } from './rescind.ts'

export type RemotePeer =
  | 'rescind'
  | 'layered-loader'
  | 'bentocache'
  | 'cacheable'
  | 'node-redis'
  | 'cache-manager'
  | 'async-cache-dedupe'
  | 'by hand'

export const remotePeers: Readonly<Record<RemotePeer, OpenRemote>> = {
  rescind: openRescind,
  'layered-loader': openLayeredLoader,
  bentocache: openBentocache,
  cacheable: openCacheable,
  'node-redis': openNodeRedis,
  'cache-manager': openCacheManager,
  'async-cache-dedupe': openAsyncCacheDedupe,
  'by hand': openByHand,
}

/** In the order in which they are shown. */
export const remoteNames = Object.keys(remotePeers) as RemotePeer[]
