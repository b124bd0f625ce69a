/** A cache of one process in front of Redis and a source, as a user would set it up, that hears what other processes write. */
export interface RemoteCache {
  read(id: string): Promise<Item | undefined | null>
  readMany(ids: readonly string[]): Promise<unknown>
  /** Says, after the commit, that these are no longer current; settles when the library is done with it. */
  invalidate(ids: readonly string[]): Promise<void>
  /** Settles when what it has written has arrived, and it is disconnected. */
  close(): Promise<void>
}

export interface RemoteOptions {
  readonly redisUrl: string
  /** What sets this cache apart from others on the same Redis. */
  readonly name: string
  readonly load: (id: string) => Promise<Item>
  readonly loadMany: (ids: readonly string[]) => Promise<Item[]>
}

export type OpenRemote = (options: RemoteOptions) => Promise<RemoteCache>

/** What the source holds: about 200 bytes. */
export interface Item {
  readonly id: string
  readonly version: number
  readonly name: string
  readonly tags: readonly string[]
  readonly text: string
}

export function itemOf(id: string, version: number = 1): Item {
  return { id, version, name: `Item ${id}`, tags: ['small', 'blue'], text: 'x'.repeat(100) }
}

/** How long a value is kept, unless it is invalidated. */
export const keepForMs = 600_000
/** How many a process holds at most. */
export const maxItems = 100_000
