import { RedisRefusedError } from './errors.ts'
import { newId } from './ids.ts'
import { LAYOUT_TAG } from './layout.ts'
import { type Layouts, readLayouts } from './layouts.ts'
import type { LiveEntry, LogEntry, Tail } from './log-entry.ts'
import type { Message } from './message.ts'
import { type BusNames, floorOf, leaseOf, valueKey } from './names.ts'
import { formatPosition, type Position } from './position.ts'
import type { RedisCommands, Script } from './redis-commands.ts'
import type { LinkLimits, RedisLink } from './redis-link.ts'
import { readAppended, readBeat, readMarkers, readMembership, readPage } from './redis-replies.ts'
import { APPEND, BEAT, LAYOUTS, LEAVE, MARKERS, MEMBERS, RAISE, REMOVE } from './scripts.ts'
import type { Beat, BeatReply, MarkerQuery, MarkerReport, Membership, Session, SessionListener } from './transport.ts'
import type { Removal, ValueServers } from './value-servers.ts'
import { encodeMessage } from './wire.ts'

export interface RedisSessionOptions extends LinkLimits {
  readonly name: string
  readonly names: BusNames
  readonly logLength: number
  readonly logAgeMs: number
  readonly maxTags: number
  /** Where the values are, if not beside the log. */
  readonly servers?: ValueServers | undefined
}

interface Links {
  readonly log: RedisLink
  /** The same one as for the log for who reads no values, or has them on other servers. */
  readonly values: RedisLink
}

/** How often a message is offered again whose writer had to say first by which layout it removes values. */
const OFFERS = 4

/**
 * The log over one connection, and the values over another one, or in a cluster over those to all shards, or where they are
 * spread over servers of their own.
 */
export class RedisSession implements Session {
  readonly #log: RedisLink
  readonly #values: RedisLink
  readonly #options: RedisSessionOptions
  readonly #listener: SessionListener

  constructor({ log, values }: Links, options: RedisSessionOptions, listener: SessionListener) {
    this.#log = log
    this.#values = values
    this.#options = options
    this.#listener = listener
  }

  get responsive(): boolean {
    return this.#log.responsive
  }

  redisFor(value: string): RedisCommands | undefined {
    const { servers } = this.#options
    if (servers) {
      return servers.at(value)
    }
    return this.#values.responsive ? this.#values : undefined
  }

  async append(message: Message, knownEpoch: number, retry: boolean, spare?: string): Promise<LiveEntry> {
    const { name, servers } = this.#options
    const removals = keysIn(message).map(([region, key, version]): Removal => {
      const value = valueKey(name, region, key)
      const raised = version === undefined ? undefined : { floor: floorOf(value), version: `${version}` }
      return { value, lease: leaseOf(value), raised }
    })
    const values = removals.map(({ value }) => value)
    const leases = removals.map(({ lease }) => lease)
    const floors = removals.flatMap(({ raised }) => (raised ? [raised] : []))
    if (servers) {
      const missed = await servers.remove(removals, spare)
      if (missed.length > 0) {
        // Before the message: whoever hears that must not read what could not be removed.
        await this.#say(message, knownEpoch, missed)
      }
    } else if (this.#values.sharded) {
      // On several servers, one after the other: who gets a lease from now on knows the floor, without his lease nobody puts a
      // value back, and whoever hears the message must not be able to read the value any more.
      await Promise.all(floors.map(({ floor, version }) => this.#values.run(RAISE, [floor], [version])))
      await (spare === undefined ? this.#values.unlink(leases) : this.#values.run(REMOVE, leases, [spare]))
      await this.#values.unlink(values)
    } else {
      const keys = [...leases, ...values, ...floors.map(({ floor }) => floor)]
      const versions = floors.map(({ version }) => version)
      return this.#offer(message, knownEpoch, { retry, kind: message.kind, keys, versions, spare })
    }
    return this.#offer(message, knownEpoch, { retry, kind: message.kind })
  }

  async layouts(footing: Tail, claim: boolean): Promise<Layouts | undefined> {
    const { names, servers } = this.#options
    if (!servers) {
      return undefined
    }
    const args = [formatPosition(footing.position), footing.chain]
    const ask = async () => readLayouts(await this.#log.run(LAYOUTS, [names.log, names.meta], args))
    const found = await ask()
    // While nobody has said any, others would go by that of the log.
    const unsaid = found?.current === '' && found.earlier.length === 0
    if (!found || !(unsaid || (claim && found.current !== servers.layout.text))) {
      return found
    }
    await this.#say({ origin: 'layout', sentAt: Date.now() }, footing.position.epoch, 'layout')
    return ask()
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

  /** Appends a message that says of `missed` servers that all their values are dead, or by which layout this process removes. */
  async #say(
    { origin, sentAt }: Pick<Message, 'origin' | 'sentAt'>,
    knownEpoch: number,
    missed: readonly string[] | 'layout',
  ): Promise<void> {
    const isLayout = missed === 'layout'
    const tags = isLayout ? [LAYOUT_TAG] : missed
    const message: Message = { kind: 'invalidate-tags', id: newId(), origin, sentAt, confirm: false, tags }
    const kind = isLayout ? 'lay-out' : 'invalidate-tags'
    const entry = await this.#append(message, knownEpoch, { retry: false, kind })
    if (entry) {
      this.#listener.onAppended?.(entry)
    }
  }

  async #offer(message: Message, knownEpoch: number, how: How): Promise<LiveEntry> {
    for (let offers = 1; ; offers += 1) {
      const entry = await this.#append(message, knownEpoch, how)
      if (entry) {
        return entry
      }
      if (offers === OFFERS) {
        throw new RedisRefusedError(new Error('Others remove values by another layout at the same time'), true)
      }
      await this.#say(message, knownEpoch, 'layout')
    }
  }

  /** Undefined if it is to be said first by which layout values were removed, or need not be said any more. */
  async #append(
    message: Message,
    knownEpoch: number,
    { retry, kind, keys = [], versions = [], spare }: How,
  ): Promise<LiveEntry | undefined> {
    const { logLength, maxTags, servers } = this.#options
    const layout = servers?.layout.text ?? ''
    const args = [
      message.id,
      encodeMessage(message),
      logLength,
      maxTags,
      retry ? '1' : '0',
      kind,
      layout,
      ...namesIn(message),
      ...versions,
      ...(spare === undefined ? [] : [spare]),
    ]
    const reply = await this.#runOnLog(APPEND, knownEpoch, args, keys)
    return Array.isArray(reply) && reply.length === 0 ? undefined : readAppended(reply, message)
  }

  #runOnLog(
    script: Script,
    knownEpoch: number,
    args: readonly (string | Uint8Array | number)[],
    keys: readonly string[] = [],
  ): Promise<unknown> {
    const { log, meta, tags } = this.#options.names
    return this.#log.run(script, [log, meta, tags, ...keys], [this.#publish, knownEpoch, ...args])
  }

  /** SPUBLISH reaches those who are connected to the shard of the channel, which is that of the log. */
  get #publish(): 'PUBLISH' | 'SPUBLISH' {
    return this.#values.sharded ? 'SPUBLISH' : 'PUBLISH'
  }
}

interface How {
  readonly retry: boolean
  /** What the script does with it: that of the message, or more. */
  readonly kind: Message['kind'] | 'lay-out'
  /** Where values stand beside the log: what it removes, and then the floors that it raises. */
  readonly keys?: readonly string[]
  /** For each of those floors. */
  readonly versions?: readonly string[]
  /** The token of a lease, the first of the keys, which stays. */
  readonly spare?: string | undefined
}

/** What the message leaves markers of. */
function namesIn(message: Message): readonly string[] {
  if (message.kind === 'invalidate-tags') {
    return message.tags
  }
  return message.kind === 'clear' ? message.regions : []
}

/** A key that a message names, its region and, of a bump, its version. */
type Named = readonly [region: string, key: string, version?: bigint]

function keysIn(message: Message): Named[] {
  if (message.kind === 'invalidate') {
    return message.items.flatMap(({ region, keys }) => keys.map((key): Named => [region, key]))
  }
  if (message.kind === 'bump') {
    return message.items.flatMap(({ region, versions }) =>
      [...versions].map(([key, version]): Named => [region, key, version]),
    )
  }
  return []
}
