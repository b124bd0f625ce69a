import { InvalidArgumentError } from '@rescind/options'
import { BatchTimeoutError } from './errors.ts'
import type { Save, Write } from './write.ts'

/** Which of the writes failed, and with what; `all` if the call itself did. */
export interface SaveOutcome {
  readonly failures: ReadonlyMap<string, unknown>
  readonly all: boolean
}

/** Calls `save` with an end to the wait. Never rejects. */
export async function callSave<V>(
  save: Save<V>,
  writes: readonly Write<V>[],
  { region, timeoutMs }: { readonly region: string; readonly timeoutMs: number },
): Promise<SaveOutcome> {
  const limit = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new BatchTimeoutError(region, writes.length, timeoutMs)
      reject(error)
      limit.abort(error)
    }, timeoutMs)
  })
  try {
    const result = await Promise.race([settle(save, writes, limit.signal), late])
    return { failures: readFailures(result), all: false }
  } catch (error) {
    return { failures: new Map(writes.map(({ id }) => [id, error])), all: true }
  } finally {
    clearTimeout(timer)
  }
}

/** As a promise, also what is thrown at once. */
async function settle<V>(save: Save<V>, writes: readonly Write<V>[], signal: AbortSignal): Promise<unknown> {
  return save(writes, { signal })
}

function readFailures(result: unknown): ReadonlyMap<string, unknown> {
  if (result !== undefined && !(result instanceof Map)) {
    throw new InvalidArgumentError('the result of save', 'a Map from ids to errors, or nothing', result)
  }
  return result ?? new Map()
}
