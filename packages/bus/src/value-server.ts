import type { ConnectionAttempt } from './connection-attempt.ts'
import { DisconnectedError, ValueServerError } from './errors.ts'
import { openClients } from './open-clients.ts'
import { createClient, type SingleTarget } from './redis-client.ts'
import type { RedisCommands, Script } from './redis-commands.ts'
import { type LinkLimits, RedisLink } from './redis-link.ts'
import { RAISE, REMOVE } from './scripts.ts'
import { SessionKeeper } from './session-keeper.ts'

export interface ValueServerOptions extends LinkLimits {
  /** Of the bus. */
  readonly busName: string
  readonly connectTimeoutMs: number
  /** It cannot be used any more, or refuses to remove values; told once, until it can be used again. */
  readonly onTrouble: (error: ValueServerError) => void
}

/** The floor of a key, and the version that it is raised to. */
export interface Raised {
  readonly floor: string
  readonly version: string
}

/**
 * A server that holds some of the values, and no log: a connection of its own, kept by itself. Nothing waits for one that
 * is away, or is known not to answer.
 */
export class ValueServer implements RedisCommands {
  readonly sharded = true
  readonly tag: string
  readonly #name: string
  readonly #options: ValueServerOptions
  readonly #keeper: SessionKeeper<RedisLink>
  readonly #tried: Promise<void>
  #troubled = false

  constructor(name: string, target: SingleTarget, options: ValueServerOptions) {
    const { busName, connectTimeoutMs } = options
    this.#name = name
    this.#options = options
    this.tag = serverTag(name)
    const limits = { connectionName: `rescind:${busName}:${name}`, connectTimeoutMs }
    let tried = () => {}
    this.#tried = new Promise((resolve) => {
      tried = resolve
    })
    const connect = async (attempt: ConnectionAttempt) => {
      const client = attempt.add(createClient(target, limits))
      await client.connect()
      return new RedisLink(client, options)
    }
    this.#keeper = new SessionKeeper(
      { open: ({ onClose }, signal) => openClients(connect, { connectTimeoutMs, onClose, signal }) },
      {
        onOpen: () => {
          this.#troubled = false
          tried()
        },
        onLost: (cause) => {
          this.#tell(cause)
          tried()
        },
      },
    )
  }

  /** False while it is away, or does not answer: not worth a wait. */
  get available(): boolean {
    return this.#keeper.session?.responsive === true
  }

  /** Begins to connect, if it has not begun. */
  start(): void {
    this.#keeper.start()
  }

  /** Resolves when the first try to connect has ended, one way or the other. */
  get tried(): Promise<void> {
    return this.#tried
  }

  /** @throws {DisconnectedError} at once while it is away. */
  async run(
    script: Script,
    keys: readonly string[],
    args: readonly (string | Uint8Array | number)[],
  ): Promise<unknown> {
    const link = this.#keeper.session
    if (!link) {
      throw new DisconnectedError()
    }
    return link.run(script, keys, args)
  }

  /**
   * Raises floors, and then removes keys, all at one moment. False if it cannot be said that they are gone.
   *
   * @param spare of a lease, the first of the keys: one of this token stays.
   */
  async remove(keys: readonly string[], floors: readonly Raised[], spare?: string): Promise<boolean> {
    const link = this.#keeper.session
    if (!link?.responsive) {
      return false
    }
    try {
      if (floors.length > 0) {
        // Before the leases go: who gets one from then on knows the floor.
        const versions = floors.map(({ version }) => version)
        await link.run(
          RAISE,
          floors.map(({ floor }) => floor),
          versions,
        )
      }
      await (spare === undefined ? link.unlink(keys) : link.run(REMOVE, keys, [spare]))
      this.#troubled = false
      return true
    } catch (error) {
      this.#tell(error)
      return false
    }
  }

  /** It is not, or no longer, the one that takes writes: the next connection asks again which one is. */
  doubt(): void {
    this.#keeper.session?.close().catch((error: unknown) => this.#tell(error))
  }

  async close(): Promise<void> {
    this.#troubled = true
    await this.#keeper.close()
  }

  #tell(cause: unknown): void {
    if (!this.#troubled) {
      this.#troubled = true
      this.#options.onTrouble(new ValueServerError(this.#name, cause))
    }
  }
}

/** The tag that every value of this server has, unsaid: what says that no value there is current any more. */
function serverTag(name: string): string {
  return `rescind:server:${name}`
}
