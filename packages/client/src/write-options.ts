import type { PublishOptions } from '@rescind/bus'
import { InvalidArgumentError } from '@rescind/options'

/** How a value is set. */
export interface WriteOptions extends PublishOptions {
  /**
   * What the other processes do that held the old value. `invalidate`: they drop it, and who reads it next gets the new one from
   * L2. `update`: they drop it, and read the new one from L2 at once, so that it is there when somebody asks: for small values
   * that are read everywhere all the time. Costs a message, and a read of L2 for each process that held it. A process that does not hear
   * of it, or has more to do than that, leaves it at the first. Nothing without L2. Default `'invalidate'`.
   */
  readonly broadcast?: 'invalidate' | 'update'
}

export interface WritePlan {
  readonly confirm: boolean
  readonly update: boolean
}

/**
 * @param check refuses options of the bus.
 * @throws {InvalidArgumentError}
 */
export function planWrite(options: WriteOptions, check: (options: PublishOptions) => void): WritePlan {
  const { broadcast = 'invalidate', ...publish } = options
  check(publish)
  if (broadcast !== 'invalidate' && broadcast !== 'update') {
    throw new InvalidArgumentError('broadcast', "'invalidate' or 'update'", broadcast)
  }
  return { confirm: publish.confirm ?? false, update: broadcast === 'update' }
}
