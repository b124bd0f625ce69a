import { checkKey, InvalidArgumentError } from '@rescind/options'
import { LoadTimeoutError } from './errors.ts'
import type { ResolvedRegion } from './region-options.ts'

/** Most tags that one value may have. */
const MAX_TAGS = 128

export interface Loaded<V> {
  readonly value: V
  readonly tags: readonly string[]
  /** False for undefined and null. */
  readonly found: boolean
}

/**
 * Calls the user's loader and asks for the tags of what it brings.
 *
 * @throws {LoadTimeoutError} after `loadTimeout`, having aborted the signal; and whatever the loader or `tags` throws.
 */
export async function callLoader<V>(region: string, id: string, options: ResolvedRegion<V>): Promise<Loaded<V>> {
  const value = await inTime(region, id, options)
  if (value === undefined || value === null) {
    return { value, tags: [], found: false }
  }
  const tags = options.tags?.(value, id) ?? []
  checkTags(tags)
  return { value, tags: [...tags], found: true }
}

function inTime<V>(region: string, id: string, { load, loadTimeoutMs }: ResolvedRegion<V>): Promise<V> {
  return new Promise((resolve, reject) => {
    const controller = new AbortController()
    const timer = setTimeout(() => {
      const error = new LoadTimeoutError(region, id, loadTimeoutMs)
      controller.abort(error)
      reject(error)
    }, loadTimeoutMs)
    const loading = (async () => load(id, { signal: controller.signal }))()
    loading.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function checkTags(tags: unknown): void {
  if (!Array.isArray(tags) || tags.length > MAX_TAGS) {
    throw new InvalidArgumentError('the result of tags', `an array of at most ${MAX_TAGS} strings`, tags)
  }
  for (const tag of tags) {
    checkKey('each tag', tag)
  }
}
