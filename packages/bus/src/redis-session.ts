import type { Redis } from 'ioredis'
import { DisconnectedError, RedisRefusedError, RedisTimeoutError } from './errors.ts'
import type { LiveEntry, LogEntry, Tail } from './log-entry.ts'
import type { Message } from './message.ts'
import { type BusNames, leaseKey, valueKey } from './names.ts'
import { formatPosition, type Position } from './position.ts'
import type { RedisCommands, Script } from './redis-commands.ts'
import { readAppended, readPage, readTagReport, readTail } from './redis-replies.ts'
import { APPEND, BEAT, TAG_REPORT } from './scripts.ts'
import type { Beat, Session, TagReport } from './transport.ts'
import { encodeMessage } from './wire.ts'
import { within } from './within.ts'

export interface RedisSessionOptions {
  readonly name: string
  readonly names: BusNames
  /** Each command is given up after this long. */
  readonly commandTimeoutMs: number
  /** A command that is overdue for this much longer costs the connection: it is dead, or as good as dead. */
  readonly stallTimeoutMs: number
  /** A member that has not beaten for this long is forgotten. */
  readonly membershipMs: number
  readonly logLength: number
  readonly maxTags: number
}

/** Errors of a server that may serve again, or whose successor will. */
const TRANSIENT = /^-?(LOADING|READONLY|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|BUSY|MISCONF|OOM|NOSCRIPT)\b/

/** One ioredis connection that never reconnects: what was sent on it was sent to one server, in one order. */
export class RedisSession implements Session, RedisCommands {
  readonly #client: Redis
  readonly #options: RedisSessionOptions
  #overdue = 0
  #corked = false

  constructor(client: Redis, options: RedisSessionOptions) {
    this.#client = client
    this.#options = options
  }

  get responsive(): boolean {
    return this.#overdue === 0
  }

  get redis(): RedisCommands {
    return this
  }

  async append(message: Message, knownEpoch: number, retry: boolean): Promise<LiveEntry> {
    const { name, names, logLength, maxTags } = this.#options
    const tags = message.kind === 'invalidate-tags' ? message.tags : []
    this.#cork()
    const args = [message.id, encodeMessage(message), logLength, retry ? '1' : '0', maxTags, ...tags]
    // Sent in this order on one connection: whoever hears the message can no longer read the value.
    const removal = message.kind === 'invalidate' ? this.#removeValues(name, message.region, message.keys) : undefined
    const appended = this.#runOnLog(APPEND, names, knownEpoch, args)
    const [reply] = await Promise.all([appended, removal])
    return { ...readAppended(reply), message }
  }

  async beat(beat: Beat): Promise<Tail> {
    const { names, membershipMs } = this.#options
    return readTail(await this.#runOnLog(BEAT, names, beat.knownEpoch, [beat.nodeId, membershipMs]))
  }

  async page(from: Position, count: number): Promise<readonly LogEntry[]> {
    const { log } = this.#options.names
    return readPage(
      await this.#bounded('XRANGE', this.#client.xrangeBuffer(log, formatPosition(from), '+', 'COUNT', count)),
    )
  }

  async tagReport(epoch: number, tags: readonly string[]): Promise<TagReport | undefined> {
    return readTagReport(await this.run(TAG_REPORT, [this.#options.names.tags], tags), epoch)
  }

  run(script: Script, keys: readonly string[], args: readonly (string | Uint8Array | number)[]): Promise<unknown> {
    this.#cork()
    return this.#bounded('a script', this.#eval(script, keys, args))
  }

  async close(): Promise<void> {
    const client = this.#client
    if (client.status === 'end') {
      return
    }
    const ended = new Promise<void>((resolve) => client.once('end', resolve))
    client.disconnect()
    await ended
  }

  /** What is sent in one turn of the loop goes out in one write: a removal with its message, and messages together. */
  #cork(): void {
    const { stream } = this.#client
    if (!this.#corked && this.#client.status === 'ready') {
      this.#corked = true
      stream.cork()
      process.nextTick(() => {
        this.#corked = false
        stream.uncork()
      })
    }
  }

  async #removeValues(name: string, region: string, keys: readonly string[]): Promise<void> {
    const names = keys.flatMap((key) => [valueKey(name, region, key), leaseKey(name, region, key)])
    await this.#bounded('UNLINK', this.#client.unlink(names))
  }

  #runOnLog(script: Script, names: BusNames, knownEpoch: number, args: readonly (string | Uint8Array | number)[]) {
    const { log, meta, tags, nodes, channel } = names
    return this.run(script, [log, meta, tags, nodes], [channel, 'PUBLISH', knownEpoch, ...args])
  }

  async #eval(script: Script, keys: readonly string[], args: readonly (string | Uint8Array | number)[]) {
    const parameters = [keys.length, ...keys, ...args.map((arg) => (arg instanceof Uint8Array ? toBuffer(arg) : arg))]
    try {
      return await this.#client.callBuffer('EVALSHA', script.sha, ...parameters)
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('NOSCRIPT')) {
        return await this.#client.callBuffer('EVAL', script.source, ...parameters)
      }
      throw error
    }
  }

  async #bounded<T>(what: string, command: Promise<T>): Promise<T> {
    const { commandTimeoutMs } = this.#options
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
      if (error.message.startsWith('READONLY')) {
        // A replica, or a primary of yesterday: the next connection asks again who the primary is.
        this.#client.disconnect()
      }
      return refused
    }
    return this.#client.status === 'ready' ? error : new DisconnectedError(error)
  }

  /** Waits a while longer for an overdue command; replies come in order, so one that never comes blocks all others. */
  #watch(command: Promise<unknown>): void {
    this.#overdue += 1
    const giveUp = setTimeout(() => this.#client.disconnect(), this.#options.stallTimeoutMs)
    const settled = () => {
      clearTimeout(giveUp)
      this.#overdue -= 1
    }
    command.then(settled, settled)
  }
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
