import { checkInteger, checkOptions, InvalidArgumentError } from '@rescind/options'

export interface WarmOptions {
  /** How many ids are read at the same time; with `loadMany`, how many are read together. Default 16. */
  readonly concurrency?: number
  /** Hears how far it is, after each step; what it throws, or rejects with, ends the warming. */
  onProgress?(progress: WarmProgress): Promise<void> | void
}

export interface WarmProgress {
  readonly done: number
  readonly total: number
  /** Of those done. */
  readonly failed: number
}

export interface WarmReport {
  readonly total: number
  /** What the loader failed with, for each id that is not warm. */
  readonly failures: ReadonlyMap<string, unknown>
}

const WARM_OPTIONS: readonly (keyof WarmOptions)[] = ['concurrency', 'onProgress']

/**
 * Reads all ids, some at a time.
 *
 * @param together whether a few ids are best read in one call, and not each on its own.
 * @throws {InvalidArgumentError} and what `onProgress` throws.
 */
export async function warm(
  ids: readonly string[],
  options: WarmOptions,
  together: boolean,
  read: (ids: readonly string[]) => Promise<readonly PromiseSettledResult<unknown>[]>,
): Promise<WarmReport> {
  checkOptions('options of warm', options, WARM_OPTIONS)
  const { concurrency = 16, onProgress } = options
  checkInteger('concurrency', concurrency, 1, 10_000)
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new InvalidArgumentError('onProgress', 'a function', onProgress)
  }
  const unique = [...new Set(ids)]
  const total = unique.length
  const failures = new Map<string, unknown>()
  let begun = 0
  let done = 0
  const work = async () => {
    while (begun < total) {
      const batch = unique.slice(begun, begun + (together ? concurrency : 1))
      begun += batch.length
      for (const [index, result] of (await read(batch)).entries()) {
        if (result.status === 'rejected') {
          failures.set(batch[index] ?? '', result.reason)
        }
      }
      done += batch.length
      try {
        await onProgress?.({ done, total, failed: failures.size })
      } catch (error) {
        begun = total
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: together ? 1 : Math.min(concurrency, total) }, work))
  return { total, failures }
}
