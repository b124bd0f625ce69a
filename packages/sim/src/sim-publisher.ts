import type { LiveEntry, Message, Position } from '@rescind/bus'
import { confirm } from './confirm.ts'
import type { Context } from './context.ts'
import type { Future } from './future.ts'
import { Loop } from './loop.ts'
import { SimOutbox } from './outbox.ts'
import { Session } from './session.ts'
import type { Wiring } from './wiring.ts'

/** A process that only writes: no subscription, no hello. Follows `createPublisher`. */
export class SimPublisher {
  readonly id: string
  readonly loop: Loop
  readonly outbox: SimOutbox
  readonly #context: Context
  readonly #wiring: Wiring
  #session: Session | undefined
  #knownEpoch = 0
  stopped: boolean = false

  constructor(id: string, context: Context, wiring: Wiring) {
    this.id = id
    this.#context = context
    this.#wiring = wiring
    this.loop = new Loop(context.clock)
    this.outbox = new SimOutbox({
      loop: this.loop,
      session: () => this.#session,
      knownEpoch: () => this.#knownEpoch,
      onAppended: ({ position }) => {
        this.#knownEpoch = Math.max(this.#knownEpoch, position.epoch)
      },
    })
  }

  get current(): Session | undefined {
    return this.#session
  }

  connect(): void {
    if (!this.#session) {
      this.#session = new Session(this.#wiring.servers, { onReadOnly: () => this.cut() })
      this.outbox.resume()
    }
  }

  cut(): void {
    const session = this.#session
    this.#session = undefined
    if (session) {
      this.#wiring.onCut(session.cut())
    }
  }

  publish(message: Message): Future<LiveEntry> {
    return this.outbox.publish(message)
  }

  confirm(position: Position): Future<void> {
    return this.loop.spawn(
      confirm(position, {
        self: this.id,
        context: this.#context,
        loop: this.loop,
        session: () => this.#session,
        knownEpoch: () => this.#knownEpoch,
      }),
    )
  }
}
