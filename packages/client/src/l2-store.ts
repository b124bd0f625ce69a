import { busNames, formatPosition, leaseKey, type RedisCommands, type Tail, valueKey } from '@rescind/bus'
import { decodeEnvelope, encodeEnvelope, type L2Envelope, readStamp, STAMP_BYTES } from './envelope.ts'
import { newToken } from './ids.ts'
import { L2_BESIDE_LOG, L2_SHARDED, type L2Scripts } from './l2-scripts.ts'

/** The right to fill one key, until it is invalidated or the lease runs out. */
export interface Lease {
  readonly id: string
  readonly token: string
}

export type Taken =
  /** There is a value. Undefined envelope: bytes that are none of ours. */
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

/** The values of one region in Redis. Only the holder of a key's lease writes its value. */
export class L2Store {
  readonly #name: string
  readonly #region: string
  readonly #leaseMs: number
  /** What says which state of the server a value is read from. */
  readonly #witnesses: readonly string[]

  constructor(name: string, region: string, leaseMs: number) {
    this.#name = name
    this.#region = region
    this.#leaseMs = leaseMs
    const { log, meta } = busNames(name)
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
    const place = [formatPosition(footing.position), footing.chain]
    const args = [lease.token, this.#leaseMs, Buffer.from(deadStamp, 'latin1'), STAMP_BYTES, ...place]
    // In a cluster the log is elsewhere, and the shard of a value is recognised by its incarnation.
    const keys = redis.sharded ? this.#keys(lease.id) : [...this.#keys(lease.id), ...this.#witnesses]
    const reply = await redis.run(scriptsFor(redis).take, keys, args)
    if (Array.isArray(reply) && reply[0] instanceof Uint8Array && typeof reply[1] === 'number') {
      const [bytes, leftMs] = reply
      // A value without an expiry (PTTL -1) is none of ours; let it go as soon as it can be.
      return {
        type: 'value',
        stamp: readStamp(bytes),
        envelope: leftMs > 0 ? decodeEnvelope(bytes) : undefined,
        leftMs,
      }
    }
    if (reply === 1) {
      return { type: 'lease' }
    }
    return { type: reply === 0 ? 'busy' : reply === 3 ? 'elsewhere' : 'refused' }
  }

  /**
   * Stores a value under the lease, and gives the lease up either way. False if it was lost: the key was invalidated
   * since, or it ran out.
   * @throws {Error} when the value holds what MessagePack cannot carry, or Redis does not take it.
   */
  async fill(redis: RedisCommands, lease: Lease, envelope: Omit<L2Envelope, 'stamp'>, ttlMs: number): Promise<boolean> {
    let bytes: Buffer
    try {
      bytes = encodeEnvelope({ stamp: lease.token, ...envelope })
    } catch (error) {
      await this.release(redis, lease)
      throw error
    }
    return (await redis.run(scriptsFor(redis).fill, this.#keys(lease.id), [lease.token, bytes, ttlMs])) === 1
  }

  async release(redis: RedisCommands, lease: Lease): Promise<void> {
    await redis.run(scriptsFor(redis).release, [leaseKey(this.#name, this.#region, lease.id)], [lease.token])
  }

  #keys(id: string): [string, string] {
    return [valueKey(this.#name, this.#region, id), leaseKey(this.#name, this.#region, id)]
  }
}

function scriptsFor(redis: RedisCommands): L2Scripts {
  return redis.sharded ? L2_SHARDED : L2_BESIDE_LOG
}
