import type { Script } from '@rescind/bus'
import { type RedisLink, readArray, readNumber, readText } from '@rescind/bus/internal'
import type { QueueNames } from './queue-names.ts'
import { BACKLOG, ENQUEUE, FINISH, JOIN, LEAVE, LOOK, RENEW, SETTLE, TAKE } from './queue-scripts.ts'

/** What became of a write: its sequence, or nothing for want of room. */
export type Enqueued = { readonly sequence: number; readonly replaced: boolean } | undefined

/** A key that this process is to save, and nobody else. */
export interface Taken {
  /** Of the stream; names this hold of the key. */
  readonly entry: string
  readonly id: string
  readonly sequence: number
  /** Tries that have failed. */
  readonly attempts: number
  /** The value; undefined if it was saved or given up, and only the caches are yet to be told. */
  readonly bytes: Uint8Array | undefined
}

/** What became of a key that was taken. */
export type Settlement = { readonly taken: Taken } & (
  | { readonly what: 'saved' }
  | { readonly what: 'retry'; readonly attempts: number; readonly error: unknown; readonly pauseMs: number }
  | { readonly what: 'dead'; readonly attempts: number; readonly error: unknown }
)

export type Settled = 'cleared' | 'newer' | 'waits' | 'lost'

/** A write that was given up. */
export interface Dead {
  /** Of the stream; names this letter. */
  readonly entry: string
  readonly id: string
  readonly sequence: number
  readonly attempts: number
  readonly error: string
  readonly bytes: Uint8Array
}

/** How much is not saved, in the whole fleet. */
export interface Backlog {
  /** Keys that are not saved, those that are being saved included. */
  readonly pending: number
  /** Those of them that wait for another try. */
  readonly retrying: number
  /** Writes that were given up, and are kept. */
  readonly dead: number
  /** How long ago the oldest write was made that is not saved, at most, in ms; 0 if there is none. */
  readonly oldestMs: number
}

export interface Progress extends Backlog {
  readonly lastSequence: number
  /** No write below it is unsaved. */
  readonly firstUnsaved: number
}

/** Most keys that are asked for in one script. */
const MOST_LOOKED = 500

/** The queue of one region, over one connection. */
export class Queue {
  readonly #link: RedisLink
  readonly #dead: string
  readonly #keys: readonly string[]
  readonly #consumer: string
  /** Says of a write that it came over this connection. */
  #mark = ''

  constructor(link: RedisLink, names: QueueNames, consumer: string) {
    const { queue, pending, sequences, unsaved, retry, attempts, dead, members, state } = names
    this.#link = link
    this.#dead = dead
    this.#keys = [queue, pending, sequences, unsaved, retry, attempts, dead, members, state]
    this.#consumer = consumer
  }

  /** To be answered before anything else. Returns the `maxmemory-policy`. */
  async join(nonce: string, deadAfterMs: number): Promise<string> {
    const [mark, policy] = readArray(await this.#run(JOIN, [this.#consumer, nonce, deadAfterMs]))
    this.#mark = readText(mark)
    return readText(policy)
  }

  /** Nothing if this process has a newer connection. */
  async enqueue(writes: readonly (readonly [id: string, value: Uint8Array])[], most: number): Promise<Enqueued[]> {
    const reply = await this.#run(ENQUEUE, [this.#consumer, this.#mark, most, ...writes.flat()])
    return readArray(reply).map((result) => {
      if (result === 0) {
        return undefined
      }
      const [sequence, replaced] = readArray(result)
      return { sequence: Number(readText(sequence)), replaced: replaced === 1 }
    })
  }

  /** @param cursor where to look for keys of dead processes, as it was returned before; at first `0-0`. */
  async take(most: number, leaseMs: number, longestPauseMs: number, cursor: string): Promise<[string, Taken[]]> {
    const reply = await this.#run(TAKE, [this.#consumer, most, leaseMs, longestPauseMs, cursor])
    const [next, found] = readArray(reply)
    const taken = readArray(found).map((one) => {
      const [entry, id, sequence, attempts, bytes] = readArray(one)
      return {
        entry: readText(entry),
        id: readText(id),
        sequence: Number(readText(sequence)),
        attempts: Number(readText(attempts)),
        bytes: bytes instanceof Uint8Array ? bytes : undefined,
      }
    })
    return [readText(next), taken]
  }

  /** The entries that this process still held, and holds anew. */
  async renew(entries: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(readArray(await this.#run(RENEW, [this.#consumer, ...entries])).map(readText))
  }

  async settle(settlements: readonly Settlement[]): Promise<Settled[]> {
    const args = settlements.flatMap((settlement) => {
      const { entry, id, sequence } = settlement.taken
      const pauseMs = settlement.what === 'retry' ? settlement.pauseMs : 0
      const attempts = settlement.what === 'saved' ? 0 : settlement.attempts
      const reason = settlement.what === 'dead' ? reasonOf(settlement.error) : ''
      return [entry, id, sequence, settlement.what, pauseMs, attempts, reason]
    })
    return readArray(await this.#run(SETTLE, [this.#consumer, ...args])).map(readSettled)
  }

  /** The caches were told of these. */
  async finish(keys: readonly Taken[]): Promise<void> {
    const args = keys.flatMap(({ entry, id, sequence }) => [entry, id, sequence])
    await this.#run(FINISH, [this.#consumer, ...args])
  }

  /** These are in the queue again, for whoever is free. */
  async giveBack(keys: readonly Taken[]): Promise<void> {
    if (keys.length > 0) {
      await this.finish(keys.map((taken) => ({ ...taken, sequence: 0 })))
    }
  }

  /** Gives back all that this process holds, and takes it out of the group. */
  async leave(): Promise<void> {
    await this.#run(LEAVE, [this.#consumer])
  }

  /** The values of these keys that are not saved. */
  async look(ids: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    const replies: Promise<unknown>[] = []
    for (let from = 0; from < ids.length; from += MOST_LOOKED) {
      replies.push(this.#run(LOOK, ids.slice(from, from + MOST_LOOKED)))
    }
    const found = (await Promise.all(replies)).flatMap(readArray)
    return found.map((bytes) => (bytes instanceof Uint8Array ? bytes : undefined))
  }

  async progress(): Promise<Progress> {
    const [pending, retrying, dead, last, first, time] = readArray(await this.#run(BACKLOG, []))
    const firstUnsaved = Number(readText(first) || Number.POSITIVE_INFINITY)
    return {
      pending: readNumber(pending),
      retrying: readNumber(retrying),
      dead: readNumber(dead),
      oldestMs: Math.max(0, Math.floor((Number(readText(time)) - firstUnsaved) / 1_000)),
      lastSequence: Number(readText(last)),
      firstUnsaved,
    }
  }

  /** Those that were given up, the first one after the entry `after`, or else the oldest. */
  async dead(count: number, after: string | undefined): Promise<Dead[]> {
    const from = after === undefined ? '-' : `(${after}`
    const reply = readArray(await this.#link.call('XRANGE', [this.#dead, from, '+', 'COUNT', count]))
    return reply.map((letter) => {
      const [entry, fields] = readArray(letter)
      const [, id, , sequence, , attempts, , error, , bytes] = readArray(fields)
      return {
        entry: readText(entry),
        id: readText(id),
        sequence: Number(readText(sequence)),
        attempts: Number(readText(attempts)),
        error: readText(error),
        bytes: bytes instanceof Uint8Array ? bytes : new Uint8Array(),
      }
    })
  }

  async discard(entries: readonly string[]): Promise<void> {
    await this.#link.call('XDEL', [this.#dead, ...entries])
  }

  #run(script: Script, args: readonly (string | Uint8Array | number)[]): Promise<unknown> {
    return this.#link.run(script, this.#keys, args)
  }
}

function readSettled(reply: unknown): Settled {
  const settled = readText(reply)
  switch (settled) {
    case 'cleared':
    case 'newer':
    case 'waits':
      return settled
    default:
      return 'lost'
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
