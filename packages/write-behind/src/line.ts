import type { RedisTarget } from '@rescind/bus'
import { newId, OwnLinks, type RedisLink, readArray, SessionKeeper } from '@rescind/bus/internal'
import { EvictionPolicyError } from './errors.ts'
import { Queue } from './queue.ts'
import type { QueueNames } from './queue-names.ts'
import { GROUP } from './queue-scripts.ts'

export interface LineOptions {
  readonly name: string
  readonly names: QueueNames
  readonly redis: RedisTarget
  /** This process, by a name of its own. */
  readonly consumer: string
  /** Whether it saves, and not only writes. */
  readonly saves: boolean
  readonly leaseMs: number
  readonly commandTimeoutMs: number
  readonly connectTimeoutMs: number
  /** Redis may evict what is not saved. */
  readonly onPolicy: (error: EvictionPolicyError) => void
}

/** A consumer without anything in hand is taken out of the group after so many leases, and comes in again if it lives. */
const DEAD_AFTER_LEASES = 10

/** One connection to the queue from its opening to its end, and for those who save another one that waits for work. */
export class LineSession {
  readonly queue: Queue
  readonly #links: OwnLinks
  readonly #waiting: RedisLink | undefined
  readonly #group: readonly string[]
  readonly #stream: string

  constructor(links: OwnLinks, { names, consumer }: LineOptions) {
    const [commands, waiting] = links.links
    if (!commands) {
      throw new Error('There is no connection')
    }
    this.#links = links
    this.#waiting = waiting
    this.queue = new Queue(commands, names, consumer)
    this.#group = ['GROUP', GROUP, consumer]
    this.#stream = names.queue
  }

  /** True once there is something to save, which this process then holds; false after a while. */
  async hasWork(blockMs: number): Promise<boolean> {
    const args = [...this.#group, 'COUNT', 1, 'BLOCK', blockMs, 'STREAMS', this.#stream, '>']
    const reply = await this.#waiting?.call('XREADGROUP', args, blockMs)
    return reply !== null && reply !== undefined && readArray(reply).length > 0
  }

  /** Also when the server does not know this process any more: the next connection makes it known. */
  close(): Promise<void> {
    return this.#links.close()
  }
}

/** Keeps a connection to the queue of one region. */
export class Line {
  readonly #keeper: SessionKeeper<LineSession>
  readonly #waiting = new Set<() => void>()
  #lostTo: Error | undefined
  #started = false
  #tried = false
  #warned = false
  #closed = false

  constructor(options: LineOptions) {
    const { name, names, redis, saves, leaseMs, connectTimeoutMs, commandTimeoutMs } = options
    const own = { target: redis, key: names.queue, count: saves ? 2 : 1, stallTimeoutMs: 1_000 }
    const limits = { connectionName: `rescind:${name}:behind`, connectTimeoutMs, commandTimeoutMs }
    const hello = async (links: OwnLinks) => {
      const session = new LineSession(links, options)
      const policy = await session.queue.join(newId(), DEAD_AFTER_LEASES * leaseMs)
      if (policy.startsWith('allkeys') && !this.#warned) {
        this.#warned = true
        options.onPolicy(new EvictionPolicyError(policy))
      }
      return session
    }
    this.#keeper = new SessionKeeper<LineSession>(
      { open: ({ onClose }, signal) => OwnLinks.open({ ...own, ...limits }, { onClose, signal }, hello) },
      {
        onOpen: () => {
          this.#lostTo = undefined
          this.#settle()
        },
        onLost: (cause) => {
          this.#lostTo = cause ?? this.#lostTo
          if (!this.#tried) {
            this.#settle()
          }
        },
      },
    )
  }

  /** Why there is no connection. */
  get lostTo(): Error | undefined {
    return this.#lostTo
  }

  get closed(): boolean {
    return this.#closed
  }

  get started(): boolean {
    return this.#started
  }

  /** Connects, if it has not begun. */
  start(): void {
    if (!this.#closed) {
      this.#started = true
      this.#keeper.start()
    }
  }

  /** The connection; if there is none, as soon as there is one, but not after `ms`. The first try is waited for in any case. */
  async session(ms: number): Promise<LineSession | undefined> {
    this.start()
    if (!this.#keeper.session && !this.#tried) {
      await this.#opened(undefined)
    }
    if (!this.#keeper.session && ms > 0) {
      await this.#opened(ms)
    }
    return this.#keeper.session
  }

  /** Gives back what this process holds, if there is a connection. */
  async leave(): Promise<void> {
    await this.#keeper.session?.queue.leave()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#settle()
    await this.#keeper.close()
  }

  #opened(ms: number | undefined): Promise<void> {
    if (this.#closed) {
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer)
        this.#waiting.delete(settle)
        resolve()
      }
      const timer = ms === undefined ? undefined : setTimeout(settle, ms)
      this.#waiting.add(settle)
    })
  }

  #settle(): void {
    this.#tried = true
    for (const settle of this.#waiting) {
      settle()
    }
  }
}
