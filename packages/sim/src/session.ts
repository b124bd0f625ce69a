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
import { Link, type LinkListener } from './link.ts'
import type { Server, Take, Taken } from './server.ts'

/** Where the log is, and where the values: often the same. */
export interface Servers {
  readonly log: Server
  readonly values: Server
}

/** What the connections of one process are asked for: `RedisSession` and `L2Store`. */
export class Session {
  readonly log: Link
  /** The same as `log`, unless the values are on a server of their own. */
  readonly values: Link
  readonly #logServer: Server
  readonly #valueServer: Server

  constructor({ log, values }: Servers, listener: LinkListener) {
    this.#logServer = log
    this.#valueServer = values
    this.log = new Link(log, listener)
    this.values = values === log ? this.log : new Link(values, { onReadOnly: listener.onReadOnly })
  }

  /** Both connections are lost. Returns what the servers may have received and may execute yet. */
  cut(): (() => void)[] {
    return this.values === this.log ? [this.log.cut()] : [this.log.cut(), this.values.cut()]
  }

  *append(message: Message, knownEpoch: number, retry: boolean): Coroutine<LiveEntry> {
    const { log, values } = this
    const keys = keysIn(message)
    if (values === log) {
      return yield* wait(log.send((link) => this.#logServer.append(link, message, knownEpoch, retry, keys)))
    }
    for (const removed of keys.map((key) => values.send((link) => this.#valueServer.unlink(link, key)))) {
      yield* wait(removed)
    }
    return yield* wait(log.send((link) => this.#logServer.append(link, message, knownEpoch, retry, [])))
  }

  beat(beat: Beat): Future<BeatReply> {
    return this.log.send((link) => this.#logServer.beat(link, beat))
  }

  members(knownEpoch: number): Future<Membership> {
    return this.log.send((link) => this.#logServer.members(link, knownEpoch))
  }

  leave(nodeId: string): Future<void> {
    return this.log.send((link) => this.#logServer.leave(link, nodeId))
  }

  page(from: Position): Future<LogEntry[]> {
    return this.log.send(() => this.#logServer.page(from, PAGE_LENGTH))
  }

  markers(query: MarkerQuery): Future<MarkerReport | undefined> {
    return this.log.send(() => this.#logServer.markers(query))
  }

  take(take: Take): Future<Taken> {
    return this.values.send((link) => this.#valueServer.take(link, take))
  }

  fill(key: string, value: Omit<StoredValue, 'shard'>): Future<boolean> {
    return this.values.send((link) => this.#valueServer.fill(link, key, value))
  }

  release(key: string, token: string): Future<void> {
    return this.values.send((link) => this.#valueServer.release(link, key, token))
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
