import { floorOf, formatPosition, leaseOf, type RedisCommands, RedisRefusedError, RedisReplyError } from '@rescind/bus'
import { type L2Envelope, readStamp, STAMP_BYTES } from './envelope.ts'
import { type Frame, joinFrames, splitFrames } from './frames.ts'
import { FILLED, L2_BESIDE_LOG, L2_SHARDED, type L2Scripts, TAKEN } from './l2-scripts.ts'
import { type Giver, type Lease, NO_FOOTING, type Take, type Taken } from './lease.ts'
import { TurnBatch } from './turn-batch.ts'
import { Turns } from './turns.ts'
import type { ValueFormat } from './value-format.ts'

/** Most values asked for in one script: with more, this process and the server would wait for each other in turn. */
const MOST_TAKEN = 32
/** Most values of one script that nobody waits for: while it runs, the server does nothing else. */
const MOST_GIVEN = 64
/** A value of more bytes goes alone: those of one script are one argument, and Redis has a limit for that. */
const MOST_BYTES_SHARED = 256 * 1024

/** A lease that is given up. */
export interface Return {
  readonly lease: Lease
  readonly giver: Giver
}

/** A value that is stored with it. */
export interface Fill extends Return {
  readonly bytes: Buffer
  readonly ttlMs: number
}

/** How the values of one region stand in Redis. */
export interface L2Layout<V> {
  readonly format: ValueFormat<V>
  /** Of the format; all of it is ASCII. */
  readonly mark: string
  /** Meta and log: what says which state of the server a value is read from. */
  readonly witnesses: readonly string[]
  readonly leaseMs: number
  /** Whether values have versions: then the floor of a key is asked for before it is loaded. */
  readonly versions?: boolean
  /** Something stood in the place of a value that is none of ours, or damaged. */
  readonly onDamaged?: () => void
  /** A lease was given up that somebody waits for. */
  readonly onAwaited?: (key: string) => void
}

/** What the readers of one region ask of one connection: all of one turn of the event loop together. */
export class L2Link<V> {
  readonly #redis: RedisCommands
  readonly #layout: L2Layout<V>
  readonly #scripts: L2Scripts
  /** Keys of a cluster are in slots of their own, and a script is for one. */
  readonly #inSlots: boolean
  readonly #takes: TurnBatch<Take>
  readonly #fills: TurnBatch<Fill>
  readonly #largeFills: TurnBatch<Fill>
  readonly #releases: TurnBatch<Return>
  /** Replies come together. While those who waited for one go on, and ask again, Redis is to work for them: the next one waits for that. */
  readonly #turns = new Turns()

  constructor(redis: RedisCommands, layout: L2Layout<V>) {
    this.#redis = redis
    this.#layout = layout
    this.#scripts = redis.sharded ? L2_SHARDED : L2_BESIDE_LOG
    this.#inSlots = redis.sharded && redis.tag === undefined
    const [mostTaken, mostGiven] = this.#inSlots ? [1, 1] : [MOST_TAKEN, MOST_GIVEN]
    const fill = (fills: readonly Fill[]) => void this.#settle(fills, this.#fill(fills))
    this.#takes = new TurnBatch(mostTaken, (takes) => void this.#takeAll(takes))
    this.#fills = new TurnBatch(mostGiven, fill)
    this.#largeFills = new TurnBatch(1, fill)
    this.#releases = new TurnBatch(mostGiven, (returns) => void this.#settle(returns, this.#release(returns)))
  }

  take(take: Take): void {
    this.#takes.add(take)
  }

  fill(fill: Fill): void {
    const batch = fill.bytes.length > MOST_BYTES_SHARED ? this.#largeFills : this.#fills
    batch.add(fill)
  }

  release(given: Return): void {
    this.#releases.add(given)
  }

  /** Takes the lease from whoever has it. If it rejects, it may have been taken all the same. */
  async claim({ key, token }: Lease): Promise<void> {
    await this.#redis.run(this.#scripts.claim, [leaseOf(key)], [token, this.#layout.leaseMs])
  }

  /** What stands there, without asking for the lease: bytes, milliseconds left, and whether somebody has the lease. */
  async look(key: string): Promise<readonly unknown[]> {
    return readReplies(await this.#redis.run(this.#scripts.look, this.#allOf(key), [this.#layout.mark, STAMP_BYTES]))
  }

  /** Never rejects: who asks hears of it. */
  async #takeAll(takes: readonly Take[]): Promise<void> {
    try {
      const reply = await this.#take(takes)
      this.#turns.add(() => this.#hand(takes, reply))
    } catch (error) {
      for (const take of takes) {
        take.failed(error)
      }
    }
  }

  #take(takes: readonly Take[]): Promise<unknown> {
    const { mark, witnesses, leaseMs, versions } = this.#layout
    // Of one turn, so that the last is the newest: what holds that one holds them all.
    const { position, chain } = takes.at(-1)?.footing ?? NO_FOOTING
    const keys = this.#keysOf(takes)
    const tokens = takes.map(({ lease }) => lease.token).join('')
    const args: (string | number | Buffer)[] = [
      mark,
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
    return this.#redis.run(this.#scripts.take, this.#redis.sharded ? keys : [...witnesses, ...keys], args)
  }

  /** Tells each what was found. */
  #hand(takes: readonly Take[], reply: unknown): void {
    const other = reply === TAKEN.elsewhere ? ELSEWHERE : REFUSED
    const frames = reply instanceof Uint8Array ? splitFrames(reply) : undefined
    let index = 0
    for (const take of takes) {
      const taken = frames ? this.#read(frames[index]) : other
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

  #read(frame: Frame | undefined): Taken | Promise<Taken> {
    switch (frame?.kind) {
      case TAKEN.value:
        return this.#readValue(frame)
      case TAKEN.busy:
        return withFloor(BUSY, frame)
      case TAKEN.damaged:
        this.#layout.onDamaged?.()
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
    const envelope = ms > 0 ? this.#layout.format.decode(bytes) : undefined
    const found = (one: L2Envelope | undefined): Taken => {
      if (!one) {
        this.#layout.onDamaged?.()
      }
      return { type: 'value', stamp: one?.stamp ?? readStamp(bytes), envelope: one, leftMs: ms }
    }
    return envelope instanceof Promise ? envelope.then(found) : found(envelope)
  }

  async #fill(fills: readonly Fill[]): Promise<readonly unknown[]> {
    const frames = joinFrames(fills.map(({ bytes, ttlMs }) => ({ kind: 0, ms: ttlMs, bytes })))
    const args = [this.#layout.mark, STAMP_BYTES, frames]
    return readGiven(await this.#redis.run(this.#scripts.fill, this.#keysOf(fills), args))
  }

  async #release(returns: readonly Return[]): Promise<readonly unknown[]> {
    const keys = returns.map(({ lease }) => leaseOf(lease.key))
    const args = [this.#layout.mark, STAMP_BYTES, ...returns.map(({ lease }) => lease.token)]
    return readGiven(await this.#redis.run(this.#scripts.release, keys, args))
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
        this.#layout.onAwaited?.(lease.key)
      }
      giver.given(how === FILLED.done || how === FILLED.awaited)
    }
  }

  /** Where the values stand; in a cluster, where there is one, all that belongs to it. */
  #keysOf(asked: readonly { readonly lease: Lease }[]): string[] {
    const keys = asked.map(({ lease }) => lease.key)
    return this.#inSlots ? keys.flatMap((key) => this.#allOf(key)) : keys
  }

  /** Where the value stands, its lease, the value while the first place is held by another schema, and the floor if it may have one. */
  #allOf(key: string): string[] {
    const { format, versions } = this.#layout
    const all = [key, leaseOf(key), `${key}:schema:${format.schemaVersion}`]
    return versions ? [...all, floorOf(key)] : all
  }
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
