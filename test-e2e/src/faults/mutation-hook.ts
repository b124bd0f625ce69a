import type { LoadHook } from 'node:module'
import { mutated, ownMutant } from './mutant.ts'

const mutant = ownMutant()

export const load: LoadHook = async (url, context, next) => {
  const loaded = await next(url, context)
  if (!mutant || !url.startsWith('file:') || !url.endsWith(`/packages/${mutant.file}`)) return loaded
  return { ...loaded, source: mutated(String(loaded.source), mutant) }
}
