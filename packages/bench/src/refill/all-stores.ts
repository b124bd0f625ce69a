import { openPerProcess } from './per-process-store.ts'
import { openPaced, openRescind } from './rescind-store.ts'
import type { OpenStore } from './store.ts'

export type StoreName = 'rescind' | 'paced' | 'per-process'

/** All of them in each process. */
export const allStores: Readonly<Record<StoreName, OpenStore>> = {
  rescind: openRescind,
  paced: openPaced,
  'per-process': openPerProcess,
}
