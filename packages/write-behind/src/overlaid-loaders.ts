import type { RegionOptions } from '@rescind/client'
import { WriteUnreadableError } from './errors.ts'
import type { Overlay } from './overlay.ts'

/** The loaders of a region, each of which first asks for what is not saved yet. */
export function overlaidLoaders<V, K extends string>(
  { load, loadMany }: RegionOptions<V, K>,
  find: Overlay<V>['find'],
): Pick<RegionOptions<V, K>, 'load' | 'loadMany'> {
  const overlaid: Pick<RegionOptions<V, K>, 'load'> = {
    load: async (id, context) => {
      const found = (await find([id])).get(id)
      if (found instanceof WriteUnreadableError) {
        throw found
      }
      return found ? found.value : load(id, context)
    },
  }
  if (!loadMany) {
    return overlaid
  }
  return {
    ...overlaid,
    loadMany: async (ids, context) => {
      const found = await find(ids)
      const rest = ids.filter((id) => !found.has(id))
      const loaded = rest.length > 0 ? await loadMany(rest, context) : new Map<string, V | Error>()
      if (!(loaded instanceof Map)) {
        // For the region to say so.
        return loaded
      }
      const values = new Map<string, V | Error>(loaded)
      for (const [id, one] of found) {
        values.set(id, one instanceof WriteUnreadableError ? one : one.value)
      }
      return values
    },
  }
}
