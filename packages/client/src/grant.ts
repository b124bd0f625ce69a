import type { RedisCommands } from '@rescind/bus'
import type { Held } from './errands.ts'
import type { Content, Giver, Lease } from './lease.ts'
import type { ReaderParts } from './reader-parts.ts'

/** A lease that was granted. What it is given up with is owed to others: nobody here waits for it. */
export class Grant<V> implements Held {
  readonly lease: Lease
  /** The connection on which it was granted. */
  readonly redis: RedisCommands
  readonly #parts: Pick<ReaderParts<V>, 'node' | 'l2'>

  constructor(parts: Pick<ReaderParts<V>, 'node' | 'l2'>, redis: RedisCommands, lease: Lease) {
    this.#parts = parts
    this.redis = redis
    this.lease = lease
  }

  /** Gives the lease back, for others to load. */
  giveBack(): void {
    const { node, l2 } = this.#parts
    l2.release(this.#current(), this.lease, node.errands.begin())
  }

  /**
   * Stores a value, and with it gives the lease up.
   *
   * @param onShared hears whether L2 has it.
   */
  fill(content: Content<V>, onShared?: (done: boolean) => void): void {
    const { node, l2 } = this.#parts
    const giver = node.errands.begin()
    l2.fill(this.#current(), this.lease, content, onShared ? tell(onShared, giver) : giver)
  }

  /** A Redis that is slow at the moment gets it too: without it others would wait until the lease runs out. */
  #current(): RedisCommands {
    return this.#parts.node.bus.session?.redisFor(this.lease.key) ?? this.redis
  }
}

function tell(onShared: (done: boolean) => void, giver: Giver): Giver {
  return {
    given: (done) => {
      onShared(done)
      giver.given(done)
    },
    failed: (error) => {
      onShared(false)
      giver.failed(error)
    },
  }
}
