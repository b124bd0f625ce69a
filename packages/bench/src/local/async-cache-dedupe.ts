import { createDedupe } from '../dedupe.ts'
import { keepForMs } from './local-cache.ts'
import { nothing, type Reader, Supply } from './reader.ts'

export async function openAsyncCacheDedupe(entries: number): Promise<Reader> {
  const supply = new Supply()
  const { read } = createDedupe({
    ttlMs: keepForMs,
    storage: { type: 'memory', options: { size: entries } },
    load: async (key) => supply.load(key),
  })
  await supply.fill(entries, read)
  return { kind: 'async', read, close: nothing }
}
