export { Bus } from './bus.ts'
export type { BusListener, BusStatus } from './bus-listener.ts'
export type { BusOptions, ConnectionOptions } from './bus-options.ts'
export { BUS_OPTIONS } from './bus-options.ts'
export type { Invalidation } from './compose-message.ts'
export {
  ClosedError,
  DisconnectedError,
  PublishFailedError,
  PublishTimeoutError,
  RedisRefusedError,
  RedisReplyError,
  RedisTimeoutError,
} from './errors.ts'
export type { LiveEntry, LogEntry, Tail } from './log-entry.ts'
export { MemoryHub } from './memory-hub.ts'
export type { InvalidateMessage, InvalidateTagsMessage, Message } from './message.ts'
export type { BusNames } from './names.ts'
export { busNames, leaseKey, valueKey } from './names.ts'
export type { Position } from './position.ts'
export { comparePositions, formatPosition, parsePosition } from './position.ts'
export type { Publisher, Receipt } from './publisher.ts'
export { createPublisher } from './publisher.ts'
export type { RedisTarget } from './redis-client.ts'
export type { RedisCommands } from './redis-commands.ts'
export { Script } from './redis-commands.ts'
export type { FlushReason } from './replica.ts'
export type { Beat, Session, SessionListener, TagReport, Transport } from './transport.ts'
