/** What L2 holds for one key. */
export interface StoredValue {
  readonly stamp: string
  /** The epoch of the log in which it was loaded, with its incarnation. */
  readonly era: string
  readonly asOf: number
  readonly tags: readonly string[]
  readonly version: number
  /** The incarnation of the shard, in a cluster; else empty. */
  readonly shard: string
}

interface StoredLease {
  readonly token: string
  readonly shard: string
  readonly expiresAt: number
}

/** The values and leases of one server. */
export class L2Data {
  readonly values: Map<string, StoredValue> = new Map()
  readonly #leases = new Map<string, StoredLease>()

  clone(): L2Data {
    const copy = new L2Data()
    for (const [key, value] of this.values) {
      copy.values.set(key, value)
    }
    for (const [key, lease] of this.#leases) {
      copy.#leases.set(key, lease)
    }
    return copy
  }

  unlink(key: string): void {
    this.values.delete(key)
    this.#leases.delete(key)
  }

  /** A value of this shard, unless it has the stamp of one that was judged dead. */
  valueFor(key: string, shard: string, deadStamp: string): StoredValue | undefined {
    const value = this.values.get(key)
    return value && value.shard === shard && value.stamp !== deadStamp ? value : undefined
  }

  leased(key: string, now: number): boolean {
    const lease = this.#leases.get(key)
    return lease !== undefined && lease.expiresAt > now
  }

  grant(key: string, lease: StoredLease): void {
    this.#leases.set(key, lease)
  }

  holds(key: string, token: string, shard: string, now: number): boolean {
    const lease = this.#leases.get(key)
    return lease !== undefined && lease.expiresAt > now && lease.token === token && lease.shard === shard
  }

  giveUp(key: string): void {
    this.#leases.delete(key)
  }
}
