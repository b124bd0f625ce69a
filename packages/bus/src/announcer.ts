import { Batch, type Body } from './batch.ts'
import { newId } from './ids.ts'
import { lastOf, type Tail } from './log-entry.ts'
import type { Message } from './message.ts'

interface Round {
  readonly batch: Batch
  readonly calls: { readonly resolve: (tail: Tail) => void; readonly reject: (error: unknown) => void }[]
  confirm: boolean
}

/** Where a message goes; resolves with its place in the log. A lease of the token `spare` stays. */
export type Publish = (message: Message, spare?: string) => Promise<Tail>

/**
 * Makes messages of calls: those of one turn of the event loop become one message of each kind, or several if one
 * would be too large. They kill what they name and nothing else, so their order within the turn does not matter.
 * Where the last turn with calls had a single one, the next one is taken to be alone too, and is sent at once; what
 * is called after it in its turn shares messages as ever.
 */
export class Announcer {
  readonly #origin: string
  readonly #publish: Publish
  readonly #rounds = new Map<Message['kind'], Round>()
  /** Calls of this turn so far. */
  #calls = 0
  /** Whether the last turn with calls had one. */
  #alone = false

  constructor(origin: string, publish: Publish) {
    this.#origin = origin
    this.#publish = publish
  }

  /**
   * Adds a call to the message of this turn; `name` tells the batch what it names. Resolves with the last place in the
   * log that has to do with it.
   */
  announce(kind: Message['kind'], confirm: boolean, name: (batch: Batch) => void): Promise<Tail> {
    const round = this.#rounds.get(kind) ?? { batch: new Batch(kind), calls: [], confirm: false }
    name(round.batch)
    round.confirm ||= confirm
    const first = this.#calls === 0
    this.#calls += 1
    const announced = new Promise<Tail>((resolve, reject) => {
      round.calls.push({ resolve, reject })
    })
    if (first && this.#alone) {
      this.#send(round)
    } else {
      this.#rounds.set(kind, round)
    }
    if (first) {
      // A tick comes before promises that are settled already, unless it is one of those that asks for it.
      queueMicrotask(() => process.nextTick(() => this.#endTurn()))
    }
    return announced
  }

  /** Sends a message for one key alone: one that it shared could stand for a later commit than that of the lease it spares. */
  supersede(region: string, key: string, confirm: boolean, spare: string | undefined): Promise<Tail> {
    return this.#publish(this.#message({ kind: 'invalidate', items: [{ region, keys: [key] }] }, confirm), spare)
  }

  /** Sends now what was called so far. */
  flush(): void {
    const rounds = [...this.#rounds.values()]
    this.#rounds.clear()
    for (const round of rounds) {
      this.#send(round)
    }
  }

  #endTurn(): void {
    this.#alone = this.#calls === 1
    this.#calls = 0
    this.flush()
  }

  #send({ batch, calls, confirm }: Round): void {
    const sent = batch.bodies().map((body) => this.#publish(this.#message(body, confirm)))
    Promise.all(sent).then(
      (tails) => {
        const last = lastOf(tails)
        for (const { resolve } of calls) {
          resolve(last)
        }
      },
      (error: unknown) => {
        for (const { reject } of calls) {
          reject(error)
        }
      },
    )
  }

  #message(body: Body, confirm: boolean): Message {
    return Object.assign(body, { id: newId(), origin: this.#origin, sentAt: Date.now(), confirm })
  }
}
