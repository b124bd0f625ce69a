export { ClosedError, type Duration, InvalidArgumentError, type RedisTarget } from '@rescind/client'
export type { DeadLetter, DeadLetterOptions } from './dead-letters.ts'
export {
  BatchTimeoutError,
  EvictionPolicyError,
  FlushTimeoutError,
  QueueUnreachableError,
  SaversLostError,
  WriteQueueFullError,
  WriteRefusedError,
  WriteUnreadableError,
} from './errors.ts'
export type { Backlog } from './queue.ts'
export type { Save, SaveContext, SaveFailures, Write } from './write.ts'
export type { FlushOptions, WriteBehind, WriteBehindStats, WriteReceipt } from './write-behind.ts'
export { createWriteBehind } from './write-behind.ts'
export type { WriteBehindEvent } from './write-behind-event.ts'
export type { QueueOptions, WriteBehindOptions } from './write-behind-options.ts'
