import { createHash } from 'node:crypto'

/** A Lua script: sent whole once, then by its hash. */
export class Script {
  readonly source: string
  #sha: string | undefined

  constructor(source: string) {
    this.source = source
  }

  get sha(): string {
    this.#sha ??= createHash('sha1').update(this.source).digest('hex')
    return this.#sha
  }
}

/** The commands that a cache needs of the Redis connection that a bus has proven to be the right one. */
export interface RedisCommands {
  /**
   * What every value that is read there carries, besides its own tags: for a server of values only. There, unlike in a cluster,
   * a script may be for many keys.
   */
  readonly tag?: string
  /** True if the keys may be on several servers, each of which can fail over while that of the log does not. */
  readonly sharded: boolean
  /**
   * Runs a script; bulk replies come as Buffers.
   *
   * @throws {RedisTimeoutError} when no answer came within the command time-out.
   */
  run(script: Script, keys: readonly string[], args: readonly (string | Uint8Array | number)[]): Promise<unknown>
  /** For a server of values only: it was found not to be the one that takes writes, and another is to be asked for. */
  doubt?(): void
}
