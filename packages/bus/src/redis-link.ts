import type { Cluster, Redis } from 'ioredis'
import { DisconnectedError, RedisRefusedError, RedisTimeoutError } from './errors.ts'
import { ended, sever } from './redis-client.ts'
import type { RedisCommands, Script } from './redis-commands.ts'
import { within } from './within.ts'

export interface LinkLimits {
  /** Each command is given up after this long. */
  readonly commandTimeoutMs: number
  /** A command that is overdue for this much longer costs the connection: it is dead, or as good as dead. */
  readonly stallTimeoutMs: number
}

/** Errors of a server that may serve again, or whose successor will. */
const TRANSIENT =
  /^-?(LOADING|READONLY|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|BUSY|MISCONF|OOM|NOSCRIPT|MOVED|ASK)\b/
/** Errors of a server that is not, or no longer, the one for what was asked. */
const ELSEWHERE = /^-?(READONLY|MOVED|ASK)\b/

/** A client of ioredis that never comes back once it has ended, with an end to every wait. */
export class RedisLink implements RedisCommands {
  readonly #client: Redis | Cluster
  readonly #limits: LinkLimits
  #overdue = 0
  #disconnected = false

  constructor(client: Redis | Cluster, limits: LinkLimits) {
    this.#client = client
    this.#limits = limits
  }

  /** False while a command is overdue. */
  get responsive(): boolean {
    return this.#overdue === 0
  }

  /** Whether the keys may be on several servers, each of which can fail over alone. */
  get sharded(): boolean {
    return this.#client.isCluster
  }

  run(script: Script, keys: readonly string[], args: readonly (string | Uint8Array | number)[]): Promise<unknown> {
    return this.#bounded('a script', this.#eval(script, keys, args))
  }

  /** Removes keys: at one moment, or in a cluster each on its own, since those of one slot may be on two shards while it moves. */
  async unlink(keys: readonly string[]): Promise<void> {
    if (!this.sharded) {
      await this.#bounded('UNLINK', this.#client.unlink(...keys))
      return
    }
    await Promise.all(keys.map((key) => this.#bounded('UNLINK', this.#client.unlink(key))))
  }

  async publish(command: 'PUBLISH' | 'SPUBLISH', channel: string, message: string): Promise<void> {
    await this.#bounded(command, this.#client.call(command, channel, message))
  }

  range(stream: string, from: string, count: number): Promise<unknown> {
    return this.#bounded('XRANGE', this.#client.xrangeBuffer(stream, from, '+', 'COUNT', count))
  }

  /**
   * Any other command; bulk replies come as Buffers.
   *
   * @param blockMs for how long the server may let it wait; the time-out counts from then on.
   */
  call(command: string, args: readonly (string | Uint8Array | number)[], blockMs = 0): Promise<unknown> {
    return this.#bounded(command, this.#client.callBuffer(command, ...args.map(toParameter)), blockMs)
  }

  async close(): Promise<void> {
    const gone = ended(this.#client)
    this.#disconnect()
    await gone
  }

  /** Once, though many commands may be overdue: each call to ioredis leaves a listener and a timer on the socket. */
  #disconnect(): void {
    if (!this.#disconnected) {
      this.#disconnected = true
      sever(this.#client)
    }
  }

  async #eval(script: Script, keys: readonly string[], args: readonly (string | Uint8Array | number)[]) {
    const parameters = [keys.length, ...keys, ...args.map(toParameter)]
    try {
      return await this.#client.callBuffer('EVALSHA', script.sha, ...parameters)
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('NOSCRIPT')) {
        return await this.#client.callBuffer('EVAL', script.source, ...parameters)
      }
      throw error
    }
  }

  async #bounded<T>(what: string, command: Promise<T>, blockMs = 0): Promise<T> {
    const commandTimeoutMs = this.#limits.commandTimeoutMs + blockMs
    try {
      return await within(command, commandTimeoutMs, () => {
        this.#watch(command)
        return new RedisTimeoutError(what, commandTimeoutMs)
      })
    } catch (error) {
      throw this.#explain(error)
    }
  }

  #explain(error: unknown): unknown {
    if (error instanceof Error && error.name === 'ReplyError') {
      const refused = new RedisRefusedError(error, TRANSIENT.test(error.message))
      if (ELSEWHERE.test(error.message)) {
        // A replica, or a primary of yesterday: the next connection asks again who the primary is.
        this.#disconnect()
      }
      return refused
    }
    return this.#client.status === 'ready' ? error : new DisconnectedError(error)
  }

  /** Waits a while longer for an overdue command; replies come in order, so one that never comes blocks all others. */
  #watch(command: Promise<unknown>): void {
    this.#overdue += 1
    const giveUp = setTimeout(() => this.#disconnect(), this.#limits.stallTimeoutMs)
    const settled = () => {
      clearTimeout(giveUp)
      this.#overdue -= 1
    }
    command.then(settled, settled)
  }
}

function toParameter(arg: string | Uint8Array | number): string | Buffer | number {
  return arg instanceof Uint8Array ? Buffer.from(arg.buffer, arg.byteOffset, arg.byteLength) : arg
}
