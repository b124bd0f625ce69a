import type {
  Beat,
  BeatReply,
  LiveEntry,
  LogEntry,
  MarkerQuery,
  MarkerReport,
  Membership,
  Message,
  Position,
} from '@rescind/bus'
import { ITEMS } from './catalogue.ts'
import { type Coroutine, type Future, wait } from './future.ts'
import type { StoredValue } from './l2-data.ts'
import { PAGE_LENGTH } from './limits.ts'
import type { Link } from './link.ts'
import type { Take, Taken } from './server.ts'

/** What the connections of one process are asked for: `RedisSession` and `L2Store`. */
export class Session {
  readonly log: Link
  /** The same as `log`, unless the values are on a server of their own. */
  readonly values: Link

  constructor(log: Link, values: Link) {
    this.log = log
    this.values = values
  }

  *append(message: Message, knownEpoch: number, retry: boolean): Coroutine<LiveEntry> {
    const { log, values } = this
    const keys = keysIn(message)
    if (values === log) {
      return yield* wait(log.send((link) => link.server.append(link, message, knownEpoch, retry, keys)))
    }
    for (const removed of keys.map((key) => values.send((link) => link.server.unlink(link, key)))) {
      yield* wait(removed)
    }
    return yield* wait(log.send((link) => link.server.append(link, message, knownEpoch, retry, [])))
  }

  beat(beat: Beat): Future<BeatReply> {
    return this.log.send((link) => link.server.beat(link, beat))
  }

  members(knownEpoch: number): Future<Membership> {
    return this.log.send((link) => link.server.members(link, knownEpoch))
  }

  leave(nodeId: string): Future<void> {
    return this.log.send((link) => link.server.leave(link, nodeId))
  }

  page(from: Position): Future<LogEntry[]> {
    return this.log.send(({ server }) => server.page(from, PAGE_LENGTH))
  }

  markers(query: MarkerQuery): Future<MarkerReport | undefined> {
    return this.log.send(({ server }) => server.markers(query))
  }

  take(take: Take): Future<Taken> {
    return this.values.send((link) => link.server.take(link, take))
  }

  fill(key: string, value: Omit<StoredValue, 'shard'>): Future<boolean> {
    return this.values.send((link) => link.server.fill(link, key, value))
  }

  release(key: string, token: string): Future<void> {
    return this.values.send((link) => link.server.release(link, key, token))
  }
}

function keysIn(message: Message): string[] {
  if (message.kind === 'invalidate') {
    return message.items.flatMap(({ keys }) => keys)
  }
  if (message.kind === 'bump') {
    const named = message.items.flatMap(({ versions }) => [...versions.keys()])
    return named.filter((id) => ITEMS.some((item) => item.id === id))
  }
  return []
}
