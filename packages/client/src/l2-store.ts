import {
  busNames,
  floorOf,
  formatPosition,
  leaseOf,
  RAISE,
  type RedisCommands,
  RedisRefusedError,
  RedisReplyError,
  type Tail,
  valueKey,
} from '@rescind/bus'
import type { Version } from '@rescind/core'
import { type L2Envelope, readStamp, STAMP_BYTES } from './envelope.ts'
import { ValueNotStoredError } from './errors.ts'
import { type Frame, joinFrames, splitFrames } from './frames.ts'
import { newToken } from './ids.ts'
import { FILLED, L2_BESIDE_LOG, L2_SHARDED, type L2Scripts, TAKEN } from './l2-scripts.ts'
import { TurnBatch } from './turn-batch.ts'
import type { ValueFormat } from './value-format.ts'

/** The right to fill one key, until it is invalidated or the lease runs out. */
export interface Lease {
  readonly id: string
  /** Where the value stands. */
  readonly key: string
  readonly token: string
}

export type Taken =
  /** There is a value. Undefined envelope: bytes that are none of ours, or damaged. */
  | {
      readonly type: 'value'
      readonly stamp: string
      readonly envelope: L2Envelope | undefined
      readonly leftMs: number
    }
  | ({ readonly type: 'lease' } & Floored)
  /** Another process holds the lease. */
  | ({ readonly type: 'busy' } & Floored)
  /** Redis does not take writes. */
  | ({ readonly type: 'refused' } & Floored)
  /** The log beside it does not hold what the reader has applied: it is another one, or in an older state. */
  | { readonly type: 'elsewhere' }

/** What is known in Redis of a key that is to be loaded. */
interface Floored {
  /** The version below which its values are not current, if there was a bump not long ago. */
  readonly floor?: bigint
}

/** What stands in L2 for one key. */
export interface Looked {
  readonly envelope: L2Envelope | undefined
  readonly leftMs: number
  /** Whether somebody has the lease. */
  readonly leased: boolean
}

export interface L2StoreOptions<V> {
  /** Of the bus. */
  readonly name: string
  readonly region: string
  readonly leaseMs: number
  readonly format: ValueFormat<V>
  /** Whether values have versions: then the floor of a key is asked for before it is loaded. */
  readonly versions?: boolean
  /** Something stood in the place of a value that is none of ours, or damaged. */
  readonly onDamaged?: () => void
  /** A lease was given up that somebody waits for. */
  readonly onAwaited?: (key: string) => void
}

/** Most values asked for in one script: with more, this process and the server would wait for each other in turn. */
const MOST_TAKEN = 32
/** Most values of one script that nobody waits for: while it runs, the server does nothing else. */
const MOST_GIVEN = 64
/** A value of more bytes goes alone: those of one script are one argument, and Redis has a limit for that. */
const MOST_BYTES_SHARED = 256 * 1024

/** What every log holds. */
export const NO_FOOTING: Tail = { position: { epoch: 0, seq: 0 }, chain: '' }

/** Who asks for a value, or else its lease, and how. Hears of it once, one way or the other. */
export interface Take {
  readonly lease: Lease
  /** The last entry of the log that has taken effect in this process. */
  readonly footing: Tail
  /** A value with this stamp counts as none; empty for any. */
  readonly deadStamp: string
  taken(taken: Taken): void
  /** The lease may have been granted all the same. */
  failed(error: unknown): void
}

/** Who gives a lease up, with or without a value. Hears of it once, one way or the other. */
export interface Giver {
  /** @param done whether the lease was still this one's, and the value is stored if there is one. */
  given(done: boolean): void
  /** @param error ValueNotStoredError when the value holds what cannot come back as it was; else what Redis says. */
  failed(error: unknown): void
}

interface Return {
  readonly lease: Lease
  readonly giver: Giver
}

interface Fill extends Return {
  readonly bytes: Buffer
  readonly ttlMs: number
}

/** What is stored. */
export interface Content<V> extends Omit<L2Envelope, 'stamp'> {
  readonly value: V
  readonly ttlMs: number
}

/** What is asked of one connection in one turn of the event loop, together. */
interface Batches {
  readonly takes: TurnBatch<Take>
  readonly fills: TurnBatch<Fill>
  readonly largeFills: TurnBatch<Fill>
  readonly releases: TurnBatch<Return>
}

/** The values of one region in Redis. Only the holder of a key's lease writes its value. */
export class L2Store<V> {
  readonly #options: L2StoreOptions<V>
  readonly #batches = new WeakMap<RedisCommands, Batches>()
  /** Of the format; all of it is ASCII. */
  readonly #mark: string
  /** What says which state of the server a value is read from. */
  readonly #witnesses: readonly string[]

  constructor(options: L2StoreOptions<V>) {
    this.#options = options
    this.#mark = options.format.mark.toString('latin1')
    const { log, meta } = busNames(options.name)
    this.#witnesses = [meta, log]
  }

  /** Where the value stands; what those who wait for its lease are woken by. */
  keyOf(id: string): string {
    return valueKey(this.#options.name, this.#options.region, id)
  }

  /** A lease to ask for, with a token of its own. */
  newLease(id: string): Lease {
    return { id, key: this.keyOf(id), token: newToken() }
  }

  /** Asks for the value, or else for the lease if nobody has it. */
  take(redis: RedisCommands, take: Take): void {
    this.#batchesOf(redis).takes.add(take)
  }

  /** Takes the lease from whoever has it. If it rejects, it may have been taken all the same. */
  async claim(redis: RedisCommands, lease: Lease): Promise<void> {
    await redis.run(scriptsFor(redis).claim, [leaseOf(lease.key)], [lease.token, this.#options.leaseMs])
  }

  /** Says that no version of this key below this one is current: to who is given its lease from now on. */
  async raise(redis: RedisCommands, { key }: Lease, version: Version): Promise<void> {
    await redis.run(RAISE, [floorOf(key)], [`${version}`])
  }

  /**
   * Stores a value under the lease, and gives the lease up either way. The value is packed before this returns, so it
   * may be handed out meanwhile.
   */
  fill(redis: RedisCommands, lease: Lease, content: Content<V>, giver: Giver): void {
    const bytes = this.#options.format.encode({ stamp: lease.token, ...content })
    const store = (packed: Buffer) => this.#store(redis, { lease, giver, bytes: packed, ttlMs: content.ttlMs })
    if (bytes instanceof Promise) {
      bytes.then(store, (error: unknown) => {
        const notStored = new ValueNotStoredError(this.#options.region, lease.id, error)
        const failed = (other?: unknown) => giver.failed(other ?? notStored)
        this.release(redis, lease, { given: () => failed(), failed })
      })
    } else {
      store(bytes)
    }
  }

  #store(redis: RedisCommands, fill: Fill): void {
    const { fills, largeFills } = this.#batchesOf(redis)
    const batch = fill.bytes.length > MOST_BYTES_SHARED ? largeFills : fills
    batch.add(fill)
  }

  release(redis: RedisCommands, lease: Lease, giver: Giver): void {
    this.#batchesOf(redis).releases.add({ lease, giver })
  }

  /** What stands there, without asking for the lease. */
  async look(redis: RedisCommands, id: string): Promise<Looked> {
    const { format } = this.#options
    const reply = await redis.run(scriptsFor(redis).look, this.#allOf(this.keyOf(id)), [this.#mark, STAMP_BYTES])
    const [bytes, leftMs, leased] = readReplies(reply)
    const found = bytes instanceof Uint8Array && bytes.length > 0 && typeof leftMs === 'number' && leftMs > 0
    return {
      envelope: found ? await format.decode(bytes) : undefined,
      leftMs: found ? leftMs : 0,
      leased: leased === 1,
    }
  }

  /** Tells each what became of its lease. Never rejects. */
  async #settle(returns: readonly Return[], results: Promise<readonly unknown[]>): Promise<void> {
    let all: readonly unknown[]
    try {
      all = await results
    } catch (error) {
      for (const { giver } of returns) {
        giver.failed(error)
      }
      return
    }
    let index = 0
    for (const { lease, giver } of returns) {
      const how = all[index]
      index += 1
      if (how instanceof Error || how === undefined) {
        giver.failed(how ?? new RedisReplyError('Expected a digit for each lease'))
        continue
      }
      if (how === FILLED.awaited) {
        this.#options.onAwaited?.(lease.key)
      }
      giver.given(how === FILLED.done || how === FILLED.awaited)
    }
  }

  #batchesOf(redis: RedisCommands): Batches {
    const known = this.#batches.get(redis)
    if (known) {
      return known
    }
    const [mostTaken, mostGiven] = isInSlots(redis) ? [1, 1] : [MOST_TAKEN, MOST_GIVEN]
    const fill = (fills: readonly Fill[]) => void this.#settle(fills, this.#fill(redis, fills))
    const release = (returns: readonly Return[]) => void this.#settle(returns, this.#release(redis, returns))
    const batches = {
      takes: new TurnBatch<Take>(mostTaken, (takes) => void this.#takeAll(redis, takes)),
      fills: new TurnBatch(mostGiven, fill),
      largeFills: new TurnBatch(1, fill),
      releases: new TurnBatch(mostGiven, release),
    }
    this.#batches.set(redis, batches)
    return batches
  }

  /** Never rejects: who asks hears of it. */
  async #takeAll(redis: RedisCommands, takes: readonly Take[]): Promise<void> {
    let found: readonly (Taken | Promise<Taken>)[]
    try {
      found = await this.#take(redis, takes)
    } catch (error) {
      for (const take of takes) {
        take.failed(error)
      }
      return
    }
    let index = 0
    for (const take of takes) {
      const taken = found[index] ?? REFUSED
      index += 1
      if (taken instanceof Promise) {
        taken.then(
          (late) => take.taken(late),
          (error: unknown) => take.failed(error),
        )
      } else {
        take.taken(taken)
      }
    }
  }

  async #take(redis: RedisCommands, takes: readonly Take[]): Promise<readonly (Taken | Promise<Taken>)[]> {
    const { leaseMs, versions } = this.#options
    // Of one turn, so that the last is the newest: what holds that one holds them all.
    const { position, chain } = takes.at(-1)?.footing ?? NO_FOOTING
    const keys = this.#keysOf(redis, takes)
    const tokens = takes.map(({ lease }) => lease.token).join('')
    const args: (string | number | Buffer)[] = [
      this.#mark,
      STAMP_BYTES,
      leaseMs,
      formatPosition(position),
      chain,
      tokens,
      versions ? '1' : '0',
    ]
    let number = 0
    for (const { deadStamp } of takes) {
      number += 1
      if (deadStamp !== '') {
        args.push(number, Buffer.from(deadStamp, 'latin1'))
      }
    }
    // In a cluster the log is elsewhere, and the shard of a value is recognised by its incarnation.
    const reply = await redis.run(scriptsFor(redis).take, redis.sharded ? keys : [...this.#witnesses, ...keys], args)
    if (!(reply instanceof Uint8Array)) {
      return takes.map(() => (reply === TAKEN.elsewhere ? ELSEWHERE : REFUSED))
    }
    const frames = splitFrames(reply)
    return takes.map((_, index) => this.#read(frames[index]))
  }

  #read(frame: Frame | undefined): Taken | Promise<Taken> {
    switch (frame?.kind) {
      case TAKEN.value:
        return this.#readValue(frame)
      case TAKEN.busy:
        return withFloor(BUSY, frame)
      case TAKEN.damaged:
        this.#options.onDamaged?.()
        return withFloor(LEASE, frame)
      case TAKEN.lease:
        return withFloor(LEASE, frame)
      case TAKEN.elsewhere:
        return ELSEWHERE
      default:
        return frame ? withFloor(REFUSED, frame) : REFUSED
    }
  }

  #readValue({ ms, bytes }: Frame): Taken | Promise<Taken> {
    // A value without an expiry is none of ours; let it go as soon as it can be.
    const envelope = ms > 0 ? this.#options.format.decode(bytes) : undefined
    const found = (one: L2Envelope | undefined): Taken => {
      if (!one) {
        this.#options.onDamaged?.()
      }
      return { type: 'value', stamp: one?.stamp ?? readStamp(bytes), envelope: one, leftMs: ms }
    }
    return envelope instanceof Promise ? envelope.then(found) : found(envelope)
  }

  async #fill(redis: RedisCommands, fills: readonly Fill[]): Promise<readonly unknown[]> {
    const frames = joinFrames(fills.map(({ bytes, ttlMs }) => ({ kind: 0, ms: ttlMs, bytes })))
    const args = [this.#mark, STAMP_BYTES, frames]
    return readGiven(await redis.run(scriptsFor(redis).fill, this.#keysOf(redis, fills), args))
  }

  async #release(redis: RedisCommands, returns: readonly Return[]): Promise<readonly unknown[]> {
    const keys = returns.map(({ lease }) => leaseOf(lease.key))
    const tokens = returns.map(({ lease }) => lease.token)
    return readGiven(await redis.run(scriptsFor(redis).release, keys, [this.#mark, STAMP_BYTES, ...tokens]))
  }

  /** Where the values stand; in a cluster, where there is one, all that belongs to it. */
  #keysOf(redis: RedisCommands, asked: readonly { readonly lease: Lease }[]): string[] {
    const keys = asked.map(({ lease }) => lease.key)
    return isInSlots(redis) ? keys.flatMap((key) => this.#allOf(key)) : keys
  }

  /** Where the value stands, its lease, the value while the first place is held by another schema, and the floor if it may have one. */
  #allOf(key: string): string[] {
    const { format, versions } = this.#options
    const all = [key, leaseOf(key), `${key}:schema:${format.schemaVersion}`]
    return versions ? [...all, floorOf(key)] : all
  }
}

/** Keys of a cluster are in slots of their own, and a script is for one. */
function isInSlots(redis: RedisCommands): boolean {
  return redis.sharded && redis.tag === undefined
}

function scriptsFor(redis: RedisCommands): L2Scripts {
  return redis.sharded ? L2_SHARDED : L2_BESIDE_LOG
}

const BUSY = { type: 'busy' } as const
const LEASE = { type: 'lease' } as const
const REFUSED = { type: 'refused' } as const
const ELSEWHERE: Taken = { type: 'elsewhere' }

/** The floor is the bytes of the frame, unless they are none of ours. */
function withFloor(taken: typeof BUSY | typeof LEASE | typeof REFUSED, { bytes }: Frame): Taken {
  if (bytes.length === 0) {
    return taken
  }
  const text = Buffer.from(bytes).toString('latin1')
  return /^\d{1,19}$/.test(text) ? { ...taken, floor: BigInt(text) } : taken
}

/** @throws {RedisReplyError} */
function readReplies(reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply)) {
    throw new RedisReplyError('Expected an array')
  }
  return reply
}

/**
 * What became of each lease that was given up: one of FILLED, or an error.
 *
 * @throws {RedisReplyError}
 */
function readGiven(reply: unknown): readonly unknown[] {
  const [done, ...errors] = readReplies(reply)
  if (!(done instanceof Uint8Array)) {
    throw new RedisReplyError('Expected a digit for each lease')
  }
  const refusals = errors.filter((error) => error instanceof Error).values()
  return Array.from(done, (digit) => {
    const how = digit - DIGIT_ZERO
    return how === FILLED.refused ? new RedisRefusedError(refusals.next().value ?? NO_REASON, true) : how
  })
}

const DIGIT_ZERO = 48
const NO_REASON = new RedisReplyError('Expected the error of a value that was refused')
