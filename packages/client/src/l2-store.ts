import { busNames, floorOf, RAISE, type RedisCommands, valueKey } from '@rescind/bus'
import type { Version } from '@rescind/core'
import type { L2Envelope } from './envelope.ts'
import { ValueNotStoredError } from './errors.ts'
import { newToken } from './ids.ts'
import { type L2Layout, L2Link } from './l2-link.ts'
import type { Content, Giver, Lease, Take } from './lease.ts'

/** What stands in L2 for one key. */
export interface Looked {
  readonly envelope: L2Envelope | undefined
  readonly leftMs: number
  /** Whether somebody has the lease. */
  readonly leased: boolean
}

export interface L2StoreOptions<V> extends Omit<L2Layout<V>, 'mark' | 'witnesses'> {
  /** Of the bus. */
  readonly name: string
  readonly region: string
}

/** The values of one region in Redis. Only the holder of a key's lease writes its value. */
export class L2Store<V> {
  readonly #options: L2StoreOptions<V>
  readonly #layout: L2Layout<V>
  readonly #links = new WeakMap<RedisCommands, L2Link<V>>()

  constructor(options: L2StoreOptions<V>) {
    const { log, meta } = busNames(options.name)
    this.#options = options
    this.#layout = { ...options, mark: options.format.mark.toString('latin1'), witnesses: [meta, log] }
  }

  /** Where the value stands; what those who wait for its lease are woken by. */
  keyOf(id: string): string {
    return valueKey(this.#options.name, this.#options.region, id)
  }

  /** A lease to ask for, with a token of its own. */
  newLease(id: string): Lease {
    return { id, key: this.keyOf(id), token: newToken() }
  }

  /** Asks for the value, or else for the lease if nobody has it. */
  take(redis: RedisCommands, take: Take): void {
    this.#linkTo(redis).take(take)
  }

  /** Takes the lease from whoever has it. If it rejects, it may have been taken all the same. */
  claim(redis: RedisCommands, lease: Lease): Promise<void> {
    return this.#linkTo(redis).claim(lease)
  }

  /** Says that no version of this key below this one is current: to who is given its lease from now on. */
  async raise(redis: RedisCommands, { key }: Lease, version: Version): Promise<void> {
    await redis.run(RAISE, [floorOf(key)], [`${version}`])
  }

  /**
   * Stores a value under the lease, and gives the lease up either way. The value is packed before this returns, so it
   * may be handed out meanwhile.
   */
  fill(redis: RedisCommands, lease: Lease, content: Content<V>, giver: Giver): void {
    const { format, region } = this.#options
    const bytes = format.encode({ stamp: lease.token, ...content })
    const { ttlMs } = content
    if (!(bytes instanceof Promise)) {
      this.#linkTo(redis).fill({ lease, giver, bytes, ttlMs })
      return
    }
    bytes.then(
      (packed) => this.#linkTo(redis).fill({ lease, giver, bytes: packed, ttlMs }),
      (error: unknown) => {
        const failed = (other?: unknown) => giver.failed(other ?? new ValueNotStoredError(region, lease.id, error))
        this.release(redis, lease, { given: () => failed(), failed })
      },
    )
  }

  /** Gives a lease up. */
  release(redis: RedisCommands, lease: Lease, giver: Giver): void {
    this.#linkTo(redis).release({ lease, giver })
  }

  /** What stands there, without asking for the lease. */
  async look(redis: RedisCommands, id: string): Promise<Looked> {
    const [bytes, leftMs, leased] = await this.#linkTo(redis).look(this.keyOf(id))
    const found = bytes instanceof Uint8Array && bytes.length > 0 && typeof leftMs === 'number' && leftMs > 0
    return {
      envelope: found ? await this.#options.format.decode(bytes) : undefined,
      leftMs: found ? leftMs : 0,
      leased: leased === 1,
    }
  }

  #linkTo(redis: RedisCommands): L2Link<V> {
    const known = this.#links.get(redis)
    if (known) {
      return known
    }
    const link = new L2Link(redis, this.#layout)
    this.#links.set(redis, link)
    return link
  }
}
