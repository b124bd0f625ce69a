import type { Layout } from './layout.ts'
import type { SingleTarget } from './redis-client.ts'
import type { RedisCommands } from './redis-commands.ts'
import type { LinkLimits } from './redis-link.ts'
import { type Raised, ValueServer } from './value-server.ts'
import { within } from './within.ts'

export interface ValueServersOptions extends LinkLimits {
  /** Of the bus. */
  readonly busName: string
  readonly connectTimeoutMs: number
  readonly layout: Layout
  /** By name; the names are those of the layout. */
  readonly targets: Readonly<Record<string, SingleTarget>>
}

/** What belongs to one key. */
export interface Removal {
  readonly value: string
  readonly lease: string
  /** The floor to raise, of a bump. */
  readonly raised: Raised | undefined
}

/** How long a session waits for the first try to connect to them. */
const FIRST_TRY_MS = 250

/** The servers among which the values are spread. They outlive a session with the log. */
export class ValueServers {
  readonly layout: Layout
  readonly #servers: ReadonlyMap<string, ValueServer>
  readonly #firstTryMs: number
  #onTrouble: ((error: Error) => void) | undefined

  constructor({ layout, targets, ...options }: ValueServersOptions) {
    this.layout = layout
    this.#firstTryMs = Math.min(FIRST_TRY_MS, Math.floor(options.connectTimeoutMs / 2))
    const onTrouble = (error: Error) => this.#onTrouble?.(error)
    this.#servers = new Map(
      Object.entries(targets).map(([name, target]) => [name, new ValueServer(name, target, { ...options, onTrouble })]),
    )
  }

  /** Begins to connect to all of them, and waits until they are there, or are seen to be away, but not for long. */
  async start(onTrouble: ((error: Error) => void) | undefined): Promise<void> {
    this.#onTrouble = onTrouble
    const servers = [...this.#servers.values()]
    for (const server of servers) {
      server.start()
    }
    const tried = Promise.all(servers.map((server) => server.tried))
    await within(tried, this.#firstTryMs, () => new Error('Not all were tried')).catch(() => undefined)
  }

  /** Where the value of this key stands; undefined while its server is away or does not answer. */
  at(value: string): RedisCommands | undefined {
    const server = this.#of(value)
    return server?.available ? server : undefined
  }

  /**
   * Removes values and their leases, and raises floors. Returns the tags of the servers that may still hold some of them.
   *
   * @param spare of one removal: a lease of this token stays.
   */
  async remove(removals: readonly Removal[], spare?: string): Promise<readonly string[]> {
    const perServer = new Map<ValueServer, { readonly keys: string[]; readonly floors: Raised[] }>()
    for (const { value, lease, raised } of removals) {
      const server = this.#of(value)
      if (server) {
        const { keys, floors } = perServer.get(server) ?? { keys: [], floors: [] }
        keys.push(lease, value)
        floors.push(...(raised ? [raised] : []))
        perServer.set(server, { keys, floors })
      }
    }
    const missed = await Promise.all(
      [...perServer].map(async ([server, { keys, floors }]) =>
        (await server.remove(keys, floors, spare)) ? [] : [server.tag],
      ),
    )
    return missed.flat()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => server.close()))
  }

  #of(value: string): ValueServer | undefined {
    const name = this.layout.serverOf(value)
    return name === undefined ? undefined : this.#servers.get(name)
  }
}
