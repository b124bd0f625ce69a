import { type Cache, createCache } from 'cache-manager'
import type { Keyv } from './cacheable.ts'

/** What stands before something else comes first. */
export function createManager(stores: readonly Keyv[], ttlMs: number): Cache {
  return createCache({ stores: [...stores], ttl: ttlMs })
}
