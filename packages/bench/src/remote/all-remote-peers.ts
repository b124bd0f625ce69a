import { openByHand } from './by-hand.ts'
import { openLayeredLoader } from './layered-loader.ts'
import type { OpenRemote } from './remote-cache.ts'
import { openRescind } from './rescind.ts'

export type RemotePeer = 'rescind' | 'layered-loader' | 'by hand'

export const remotePeers: Readonly<Record<RemotePeer, OpenRemote>> = {
  rescind: openRescind,
  'layered-loader': openLayeredLoader,
  'by hand': openByHand,
}
