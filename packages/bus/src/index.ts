export type { Body as MessageBody } from './batch.ts'
export type { Committed, PublishOptions, Receipt } from './broadcaster.ts'
export { Bus } from './bus.ts'
export type { BusListener, BusStatus, IgnoreReason } from './bus-listener.ts'
export type { BusOptions, ConnectionOptions } from './bus-options.ts'
export { BUS_OPTIONS } from './bus-options.ts'
export type { Confirmation } from './confirmer.ts'
export {
  ClosedError,
  ConfirmFailedError,
  DisconnectedError,
  OutboxOverflowError,
  PublishFailedError,
  PublishTimeoutError,
  RedisRefusedError,
  RedisReplyError,
  RedisTimeoutError,
  ValueServerError,
} from './errors.ts'
export type { Layouts } from './layouts.ts'
export type { LiveEntry, LogEntry, Tail } from './log-entry.ts'
export { MemoryHub } from './memory-hub.ts'
export type {
  BumpMessage,
  ClearAllMessage,
  ClearMessage,
  InvalidateMessage,
  InvalidateTagsMessage,
  Message,
  RegionKeys,
  RegionVersions,
} from './message.ts'
export type { BusNames } from './names.ts'
export { busNames, floorOf, leaseKey, leaseOf, parseValueKey, valueKey } from './names.ts'
export type { Transaction } from './notes.ts'
export { Notes } from './notes.ts'
export type { Position } from './position.ts'
export { comparePositions, formatPosition, parsePosition } from './position.ts'
export type { Publisher, PublisherOptions } from './publisher.ts'
export { createPublisher } from './publisher.ts'
export type { RedisTarget } from './redis-client.ts'
export type { RedisCommands } from './redis-commands.ts'
export { Script } from './redis-commands.ts'
export type { FlushReason, LogState } from './replica-event.ts'
export { HOLDS, RAISE } from './scripts.ts'
export type { Bump } from './statement.ts'
export type { Token } from './token.ts'
export { formatToken, parseToken } from './token.ts'
export type {
  Beat,
  BeatReply,
  MarkerQuery,
  MarkerReport,
  Member,
  Membership,
  Session,
  SessionListener,
  Transport,
} from './transport.ts'
