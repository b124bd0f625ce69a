import { busNames, formatPosition, leaseKey, type RedisCommands, type Tail, valueKey } from '@rescind/bus'
import { type L2Envelope, readStamp, STAMP_BYTES } from './envelope.ts'
import { ValueNotStoredError } from './errors.ts'
import { newToken } from './ids.ts'
import { L2_BESIDE_LOG, L2_SHARDED, type L2Scripts } from './l2-scripts.ts'
import type { ValueFormat } from './value-format.ts'

/** The right to fill one key, until it is invalidated or the lease runs out. */
export interface Lease {
  readonly id: string
  readonly token: string
}

export type Taken =
  /** There is a value. Undefined envelope: bytes that are none of ours, or damaged. */
  | {
      readonly type: 'value'
      readonly stamp: string
      readonly envelope: L2Envelope | undefined
      readonly leftMs: number
    }
  | { readonly type: 'lease' }
  /** Another process holds the lease. */
  | { readonly type: 'busy' }
  /** Redis does not take writes. */
  | { readonly type: 'refused' }
  /** The log beside it does not hold what the reader has applied: it is another one, or in an older state. */
  | { readonly type: 'elsewhere' }

export interface L2StoreOptions<V> {
  /** Of the bus. */
  readonly name: string
  readonly region: string
  readonly leaseMs: number
  readonly format: ValueFormat<V>
  /** Something stood in the place of a value that is none of ours, or damaged. */
  readonly onDamaged?: () => void
}

/** The values of one region in Redis. Only the holder of a key's lease writes its value. */
export class L2Store<V> {
  readonly #options: L2StoreOptions<V>
  /** What says which state of the server a value is read from. */
  readonly #witnesses: readonly string[]

  constructor(options: L2StoreOptions<V>) {
    this.#options = options
    const { log, meta } = busNames(options.name)
    this.#witnesses = [meta, log]
  }

  /** A lease to ask for, with a token of its own. */
  newLease(id: string): Lease {
    return { id, token: newToken() }
  }

  /**
   * The value, or else the lease if nobody has it. If it rejects, the lease may have been granted all the same.
   * @param footing the last entry of the log that has taken effect in this process.
   * @param deadStamp a value with this stamp counts as none; empty for any.
   */
  async take(redis: RedisCommands, lease: Lease, footing: Tail, deadStamp: string): Promise<Taken> {
    const { format, leaseMs, onDamaged } = this.#options
    const place = [formatPosition(footing.position), footing.chain]
    const args = [format.mark, STAMP_BYTES, lease.token, leaseMs, Buffer.from(deadStamp, 'latin1'), ...place]
    // In a cluster the log is elsewhere, and the shard of a value is recognised by its incarnation.
    const keys = redis.sharded ? this.#keys(lease.id) : [...this.#keys(lease.id), ...this.#witnesses]
    const reply = await redis.run(scriptsFor(redis).take, keys, args)
    if (Array.isArray(reply) && reply[0] instanceof Uint8Array && typeof reply[1] === 'number') {
      const [bytes, leftMs] = reply
      // A value without an expiry (PTTL -1) is none of ours; let it go as soon as it can be.
      const envelope = leftMs > 0 ? await format.decode(bytes) : undefined
      if (!envelope) {
        onDamaged?.()
      }
      return { type: 'value', stamp: readStamp(bytes), envelope, leftMs }
    }
    if (reply === 4) {
      onDamaged?.()
    }
    if (reply === 1 || reply === 4) {
      return { type: 'lease' }
    }
    return { type: reply === 0 ? 'busy' : reply === 3 ? 'elsewhere' : 'refused' }
  }

  /**
   * Stores a value under the lease, and gives the lease up either way. False if it was lost: the key was invalidated
   * since, or it ran out. The value is packed before this returns, so it may be handed out meanwhile.
   * @throws {ValueNotStoredError} when the value holds what cannot come back as it was.
   * @throws {Error} when Redis does not take it.
   */
  async fill(
    redis: RedisCommands,
    lease: Lease,
    content: Omit<L2Envelope, 'stamp' | 'value'> & { readonly value: V },
    ttlMs: number,
  ): Promise<boolean> {
    const { format, region } = this.#options
    let bytes: Buffer
    try {
      bytes = await format.encode({ stamp: lease.token, ...content })
    } catch (error) {
      await this.release(redis, lease)
      throw new ValueNotStoredError(region, lease.id, error)
    }
    const args = [format.mark, STAMP_BYTES, lease.token, bytes, ttlMs]
    return (await redis.run(scriptsFor(redis).fill, this.#keys(lease.id), args)) === 1
  }

  async release(redis: RedisCommands, lease: Lease): Promise<void> {
    const { name, region } = this.#options
    await redis.run(scriptsFor(redis).release, [leaseKey(name, region, lease.id)], [lease.token])
  }

  /** Where the value stands, its lease, and the value while the first place is held by another schema. */
  #keys(id: string): [string, string, string] {
    const { name, region, format } = this.#options
    const value = valueKey(name, region, id)
    return [value, leaseKey(name, region, id), `${value}:schema:${format.schemaVersion}`]
  }
}

function scriptsFor(redis: RedisCommands): L2Scripts {
  return redis.sharded ? L2_SHARDED : L2_BESIDE_LOG
}
