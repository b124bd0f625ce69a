import { type NodeChild, spawnNode } from '@rescind/testbed'

const script = new URL('./local-process.js', import.meta.url)
/** A call takes some seconds at most. */
const withinMs = 60_000

/** A process with one reader in it, seen from outside: beside others, V8 would compile the code for all of them. */
export class LocalHandle {
  readonly reader: string
  readonly #child: NodeChild

  private constructor(reader: string, child: NodeChild) {
    this.reader = reader
    this.#child = child
  }

  /** Settles when the reader holds so many items. */
  static async start(reader: string, entries: number): Promise<LocalHandle> {
    const child = await spawnNode(script, { withinMs })
    try {
      await child.call('open', reader, entries)
      return new LocalHandle(reader, child)
    } catch (error) {
      await child.stop()
      throw error
    }
  }

  /** Nanoseconds for a read, in one round. */
  async time(pattern: string, reads: number, seed: number): Promise<number> {
    return Number(await this.#child.call('time', pattern, reads, seed))
  }

  async close(): Promise<void> {
    try {
      await this.#child.call('close')
    } finally {
      await this.#child.stop()
    }
  }
}

/** What a cache needs for each of so many entries beyond keys and values, in bytes. */
export async function weigh(cache: string, entries: number): Promise<number> {
  await using child = await spawnNode(script, { withinMs })
  return Number(await child.call('weigh', cache, entries))
}

/** The same of what is behind a reader. */
export async function weighReader(reader: string, entries: number): Promise<number> {
  await using child = await spawnNode(script, { withinMs })
  return Number(await child.call('weighReader', reader, entries))
}
