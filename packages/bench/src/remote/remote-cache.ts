/** A cache of one process in front of Redis and a source, as a user would set it up. */
export interface RemoteCache {
  read(id: string): Promise<unknown>
  readMany(ids: readonly string[]): Promise<unknown>
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
  readonly name: string
  readonly price: number
  readonly tags: readonly string[]
  readonly text: string
}

export function itemOf(id: string): Item {
  return { id, name: `Item ${id}`, price: id.length, tags: ['small', 'blue'], text: 'x'.repeat(100) }
}
