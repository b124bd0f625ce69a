/**
 * Where an answer came from: this process, Redis, the database, or another request of this process that was already
 * looking the same product up.
 */
export type Source = 'l1' | 'l2' | 'database' | 'joined'

export const sources: readonly Source[] = ['l1', 'l2', 'database', 'joined']

/** @throws {TypeError} when the text names no source. */
export function readSource(value: unknown): Source {
  const source = sources.find((known) => known === value)
  if (source === undefined) throw new TypeError(`no source: ${JSON.stringify(value)}`)
  return source
}
