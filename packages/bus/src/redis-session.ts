import type { LiveEntry, LogEntry } from './log-entry.ts'
import type { Message } from './message.ts'
import { type BusNames, leaseKey, valueKey } from './names.ts'
import { formatPosition, type Position } from './position.ts'
import type { RedisCommands, Script } from './redis-commands.ts'
import type { LinkLimits, RedisLink } from './redis-link.ts'
import { readAppended, readBeat, readMarkers, readMembership, readPage } from './redis-replies.ts'
import { APPEND, BEAT, LEAVE, MARKERS, MEMBERS } from './scripts.ts'
import type { Beat, BeatReply, MarkerQuery, MarkerReport, Membership, Session } from './transport.ts'
import { encodeMessage } from './wire.ts'

export interface RedisSessionOptions extends LinkLimits {
  readonly name: string
  readonly names: BusNames
  readonly logLength: number
  readonly logAgeMs: number
  readonly maxTags: number
}

/** The log over one connection, and the values over another one or, in a cluster, over those to all shards. */
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
    const { name, logLength, maxTags } = this.#options
    const { id, kind } = message
    const payload = encodeMessage(message)
    const args = [id, payload, logLength, maxTags, retry ? '1' : '0', kind, ...namesIn(message)]
    const keys = keysIn(message)
    const values = keys.map(([region, key]) => valueKey(name, region, key))
    const leases = keys.map(([region, key]) => leaseKey(name, region, key))
    if (!this.#values.sharded) {
      return readAppended(await this.#runOnLog(APPEND, knownEpoch, args, [...leases, ...values]), message)
    }
    // On several servers, one after the other: without its lease nobody puts a value back, and whoever hears the message
    // must not be able to read the value any more.
    await this.#values.unlink(leases)
    await this.#values.unlink(values)
    return readAppended(await this.#runOnLog(APPEND, knownEpoch, args), message)
  }

  async beat({ nodeId, knownEpoch, applied, boundMs, watched, gone }: Beat): Promise<BeatReply> {
    const { logAgeMs } = this.#options
    const marks = gone.flatMap(({ id, mark }) => [id, mark])
    const args = [nodeId, applied ? formatPosition(applied) : '-', boundMs, watched, logAgeMs, ...marks]
    return readBeat(await this.#runOnLog(BEAT, knownEpoch, args))
  }

  async members(knownEpoch: number): Promise<Membership> {
    return readMembership(await this.#runOnLog(MEMBERS, knownEpoch, []))
  }

  async leave(nodeId: string): Promise<void> {
    await this.#log.run(LEAVE, [this.#options.names.meta], [nodeId])
  }

  async page(from: Position, count: number): Promise<readonly LogEntry[]> {
    return readPage(await this.#log.range(this.#options.names.log, formatPosition(from), count))
  }

  async markers({ footing, region, tags }: MarkerQuery): Promise<MarkerReport | undefined> {
    const { names } = this.#options
    const args = [formatPosition(footing.position), footing.chain, region, ...tags]
    return readMarkers(await this.#log.run(MARKERS, [names.log, names.meta, names.tags], args))
  }

  async wake(key: string): Promise<void> {
    await this.#log.publish(this.#publish, this.#options.names.wakes, key)
  }

  async close(): Promise<void> {
    await Promise.all([this.#log.close(), this.#values.close()])
  }

  #runOnLog(
    script: Script,
    knownEpoch: number,
    args: readonly (string | Uint8Array | number)[],
    values: readonly string[] = [],
  ): Promise<unknown> {
    const { log, meta, tags } = this.#options.names
    return this.#log.run(script, [log, meta, tags, ...values], [this.#publish, knownEpoch, ...args])
  }

  /** SPUBLISH reaches those who are connected to the shard of the channel, which is that of the log. */
  get #publish(): 'PUBLISH' | 'SPUBLISH' {
    return this.#values.sharded ? 'SPUBLISH' : 'PUBLISH'
  }
}

/** What the message leaves markers of. */
function namesIn(message: Message): readonly string[] {
  if (message.kind === 'invalidate-tags') {
    return message.tags
  }
  return message.kind === 'clear' ? message.regions : []
}

/** The keys that the message names, each with its region. */
function keysIn(message: Message): [region: string, key: string][] {
  if (message.kind === 'invalidate') {
    return message.items.flatMap(({ region, keys }) => keys.map((key): [string, string] => [region, key]))
  }
  if (message.kind === 'bump') {
    return message.items.flatMap(({ region, versions }) =>
      [...versions.keys()].map((key): [string, string] => [region, key]),
    )
  }
  return []
}
