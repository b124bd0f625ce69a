import type { LiveEntry } from '@rescind/bus'
import { ExpectedError, Future, type Settled } from './future.ts'
import { OVERDUE } from './loop.ts'

type Arrival =
  | { readonly type: 'entry'; readonly entry: LiveEntry; readonly forged: boolean }
  | { readonly type: 'reply'; readonly call: Call; readonly settled: Settled<unknown> }

interface Call {
  readonly run: (link: Link) => unknown
  readonly settle: (settled: Settled<unknown>) => void
  settled: boolean
}

/** The end that a connection leads to. */
export interface Host {
  readonly links: Set<Link>
}

export interface LinkListener {
  /** Left out by those who do not subscribe. */
  readonly onEntry?: (entry: LiveEntry, forged: boolean) => void
  /** The server does not take writes on this connection: it is of no more use. */
  readonly onReadOnly: () => void
}

/** A write was sent to a server that is not, or no longer, the primary. */
export const READONLY: ExpectedError = new ExpectedError('READONLY')
const DISCONNECTED = new ExpectedError('The connection is lost')

/** One connection: commands are executed in order, and replies and broadcasts arrive in the order they were made. */
export class Link {
  readonly #host: Host
  readonly #listener: LinkListener
  /** Its server was demoted since: it does not take writes here. */
  demoted: boolean = false
  /** Broadcasts are lost on the way, while replies are not. */
  deaf: boolean = false
  #open = true
  #severed = false
  #overdue = 0
  #requests: Call[] = []
  #arriving: Arrival[] = []
  #pending: Call[] = []

  constructor(host: Host, listener: LinkListener) {
    this.#host = host
    this.#listener = listener
    host.links.add(this)
  }

  get open(): boolean {
    return this.#open
  }

  /** False while a command is overdue. */
  get responsive(): boolean {
    return this.#overdue === 0
  }

  /** The other end is gone, and nothing more is to be read: the process can tell that the connection is lost. */
  get ended(): boolean {
    return this.#severed && this.#arriving.length === 0
  }

  send<T>(run: (link: Link) => T): Future<T> {
    const future = new Future<T>()
    if (!this.#open) {
      future.reject(DISCONNECTED)
      return future
    }
    const call: Call = {
      run,
      // Made and settled by the same call, so the value is what `run` returns.
      settle: (settled) => future.settle(settled as Settled<T>),
      settled: false,
    }
    this.#requests.push(call)
    this.#pending.push(call)
    return future
  }

  /** The server executes the oldest command. False if there is none. */
  execute(ownFirst: boolean): boolean {
    const call = this.#severed ? undefined : this.#requests.shift()
    if (!call) {
      return false
    }
    const before = this.#arriving.length
    const reply: Arrival = { type: 'reply', call, settled: execute(call, this) }
    // What the command broadcast comes to its own connection before the reply, or after it.
    this.#arriving.splice(ownFirst ? this.#arriving.length : before, 0, reply)
    return true
  }

  broadcast(entry: LiveEntry, forged = false): void {
    if (this.#open && !this.#severed && this.#listener.onEntry && !this.deaf) {
      this.#arriving.push({ type: 'entry', entry, forged })
    }
  }

  /**
   * Reads what has arrived, up to `count`, as one chunk: broadcasts are heard at once, and what waits for replies goes
   * on after the whole chunk. Returns how much was read.
   * @param backwards the last reply goes on first.
   */
  hear(count: number, backwards: boolean): number {
    const chunk = this.#arriving.splice(0, count)
    const replies: Arrival[] = []
    for (const arrival of chunk) {
      if (arrival.type === 'reply') {
        replies.push(arrival)
      } else {
        this.#listener.onEntry?.(arrival.entry, arrival.forged)
      }
    }
    for (const arrival of backwards ? replies.reverse() : replies) {
      this.#onReply(arrival)
    }
    return chunk.length
  }

  /** The oldest command that is waited for is given up; its reply may still come. */
  giveUp(): void {
    const call = this.#pending.find(({ settled }) => !settled)
    if (call) {
      call.settled = true
      this.#overdue += 1
      call.settle({ ok: false, error: OVERDUE })
    }
  }

  /** The server is gone, and with it what it has not executed; the process has yet to notice. */
  sever(): void {
    this.#severed = true
    this.#host.links.delete(this)
  }

  /** The server is replaced: what is under way is lost, and what is sent from now on reaches the new one. */
  reroute(): void {
    this.#requests = []
    this.#arriving = []
    this.#fail()
  }

  /** The connection is lost. Returns what the server may have received and may execute yet. */
  cut(): () => void {
    this.#open = false
    this.#host.links.delete(this)
    const late = this.#severed ? [] : this.#requests
    this.#requests = []
    this.#arriving = []
    this.#fail()
    return () => {
      for (const call of late) {
        execute(call, this)
      }
    }
  }

  #fail(): void {
    const lost = this.#pending
    this.#pending = []
    this.#overdue = 0
    for (const call of lost) {
      if (!call.settled) {
        call.settled = true
        call.settle({ ok: false, error: DISCONNECTED })
      }
    }
  }

  #onReply(arrival: Arrival): void {
    if (arrival.type !== 'reply' || !this.#open) {
      return
    }
    const { call, settled } = arrival
    this.#pending.splice(this.#pending.indexOf(call), 1)
    if (call.settled) {
      this.#overdue -= 1
      return
    }
    call.settled = true
    call.settle(settled)
    if (!settled.ok && settled.error === READONLY) {
      this.#listener.onReadOnly()
    }
  }
}

function execute({ run }: Call, link: Link): Settled<unknown> {
  try {
    return { ok: true, value: run(link) }
  } catch (error) {
    if (error instanceof ExpectedError) {
      return { ok: false, error }
    }
    throw error
  }
}
