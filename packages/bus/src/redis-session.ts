import type { LiveEntry, LogEntry, Tail } from './log-entry.ts'
import type { Message } from './message.ts'
import { type BusNames, leaseKey, valueKey } from './names.ts'
import { formatPosition, type Position } from './position.ts'
import type { RedisCommands, Script } from './redis-commands.ts'
import type { LinkLimits, RedisLink } from './redis-link.ts'
import { readAppended, readPage, readTagReport, readTail } from './redis-replies.ts'
import { APPEND, BEAT, TAG_REPORT } from './scripts.ts'
import type { Beat, Session, TagReport } from './transport.ts'
import { encodeMessage } from './wire.ts'

export interface RedisSessionOptions extends LinkLimits {
  readonly name: string
  readonly names: BusNames
  /** A member that has not beaten for this long is forgotten. */
  readonly membershipMs: number
  readonly logLength: number
  readonly maxTags: number
}

/** The log over one connection, and the values over the same one or, in a cluster, over those to all shards. */
export class RedisSession implements Session {
  readonly #log: RedisLink
  readonly #values: RedisLink
  readonly #options: RedisSessionOptions

  constructor(log: RedisLink, values: RedisLink, options: RedisSessionOptions) {
    this.#log = log
    this.#values = values
    this.#options = options
  }

  get responsive(): boolean {
    return this.#log.responsive
  }

  get redis(): RedisCommands | undefined {
    return this.#values.responsive ? this.#values : undefined
  }

  async append(message: Message, knownEpoch: number, retry: boolean): Promise<LiveEntry> {
    const { logLength, maxTags } = this.#options
    const tags = message.kind === 'invalidate-tags' ? message.tags : []
    const args = [message.id, encodeMessage(message), logLength, retry ? '1' : '0', maxTags, ...tags]
    const values = this.#valuesOf(message)
    if (this.#values === this.#log) {
      return { ...readAppended(await this.#runOnLog(APPEND, knownEpoch, args, values.flat())), message }
    }
    // On several servers, one after the other: whoever hears the message must not be able to read the value any more.
    await this.#values.unlink(values)
    const reply = await this.#runOnLog(APPEND, knownEpoch, args)
    return { ...readAppended(reply), message }
  }

  async beat(beat: Beat): Promise<Tail> {
    return readTail(await this.#runOnLog(BEAT, beat.knownEpoch, [beat.nodeId, this.#options.membershipMs]))
  }

  async page(from: Position, count: number): Promise<readonly LogEntry[]> {
    return readPage(await this.#log.range(this.#options.names.log, formatPosition(from), count))
  }

  async tagReport(epoch: number, tags: readonly string[]): Promise<TagReport | undefined> {
    return readTagReport(await this.#log.run(TAG_REPORT, [this.#options.names.tags], tags), epoch)
  }

  async close(): Promise<void> {
    await Promise.all([this.#log.close(), this.#values.close()])
  }

  /** The value and the lease of each key that the message names. */
  #valuesOf(message: Message): string[][] {
    if (message.kind !== 'invalidate') {
      return []
    }
    const { name } = this.#options
    const { region, keys } = message
    return keys.map((key) => [valueKey(name, region, key), leaseKey(name, region, key)])
  }

  #runOnLog(
    script: Script,
    knownEpoch: number,
    args: readonly (string | Uint8Array | number)[],
    values: readonly string[] = [],
  ): Promise<unknown> {
    const { log, meta, tags, nodes, channel } = this.#options.names
    // SPUBLISH reaches those who are connected to the shard of the channel, which is that of the log.
    const publish = this.#values.sharded ? 'SPUBLISH' : 'PUBLISH'
    return this.#log.run(script, [log, meta, tags, nodes, ...values], [channel, publish, knownEpoch, ...args])
  }
}
