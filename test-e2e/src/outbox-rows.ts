import { createInterface } from 'node:readline'
import type { Duplex } from 'node:stream'
import type { Backlog, OutboxRow, Settlement } from '@rescind/outbox'
import { machineNow } from '@rescind/testing'
import type { Commit, Delivery, OutboxMessage, Told } from './database.ts'

/** What a relay asks on its connection, one line of JSON each; each is answered by one line, in order. */
export type OutboxRequest =
  | { readonly type: 'take'; readonly limit: number }
  | { readonly type: 'settle'; readonly settlement: Settlement | undefined; readonly told: Told }
  | { readonly type: 'backlog' }

export type OutboxReply =
  /** Comes unasked. */
  | { readonly type: 'wake' }
  | { readonly type: 'taken'; readonly rows: readonly OutboxRow[] }
  /** The ids of the items of which the others were told. */
  | { readonly type: 'settled'; readonly ids: readonly string[] }
  | { readonly type: 'backlog'; readonly backlog: Backlog }

interface Stored {
  row: OutboxRow
  readonly commits: readonly Commit[]
  readonly writtenAt: number
  dueAt: number
  /** The connection of who has taken it. */
  holder: Duplex | undefined
}

/** The outbox of the database. A row belongs to the connection that took it, until it is settled or the connection ends. */
export class OutboxRows {
  readonly deliveries: Delivery[] = []
  readonly #connections = new Set<Duplex>()
  #rows: Stored[] = []
  #nextId = 1

  /** Rows that are not settled. */
  get left(): number {
    return this.#rows.length
  }

  /** Of them, those that nobody has taken. */
  get free(): number {
    return this.#rows.filter(({ holder }) => holder === undefined).length
  }

  add(message: OutboxMessage, commits: readonly Commit[]): void {
    const row = { ...message, id: `${this.#nextId}`, attempts: 0 }
    this.#nextId += 1
    this.#rows.push({ row, commits, writtenAt: machineNow(), dueAt: 0, holder: undefined })
    for (const connection of this.#connections) send(connection, { type: 'wake' })
  }

  /** Serves a relay until its connection ends. */
  serve(connection: Duplex): void {
    this.#connections.add(connection)
    connection.on('close', () => {
      this.#connections.delete(connection)
      this.#release(connection)
    })
    // A server of HTTP leaves its half open.
    connection.on('end', () => connection.destroy())
    connection.on('error', () => {})
    const lines = createInterface({ input: connection })
    lines.on('error', () => {})
    lines.on('line', (line) => send(connection, this.#answer(connection, JSON.parse(line))))
  }

  #answer(connection: Duplex, request: OutboxRequest): OutboxReply {
    switch (request.type) {
      case 'take':
        return { type: 'taken', rows: this.#take(connection, request.limit) }
      case 'settle':
        return { type: 'settled', ids: this.#settle(connection, request.settlement, request.told) }
      case 'backlog':
        return { type: 'backlog', backlog: this.#backlog() }
    }
  }

  #take(connection: Duplex, limit: number): OutboxRow[] {
    const now = machineNow()
    const taken = this.#rows.filter(({ holder, dueAt }) => holder === undefined && dueAt <= now).slice(0, limit)
    for (const each of taken) each.holder = connection
    return taken.map(({ row }) => row)
  }

  #settle(connection: Duplex, { said, postponed }: Settlement = { said: [], postponed: [] }, told: Told): string[] {
    const done = this.#rows.filter(({ row }) => said.includes(row.id))
    this.#rows = this.#rows.filter((stored) => !done.includes(stored))
    const commits = done.flatMap((stored) => stored.commits)
    if (commits.length > 0) this.deliveries.push({ commits, ackedAt: machineNow(), told })
    for (const { id, forMs = Number.POSITIVE_INFINITY } of postponed) {
      const stored = this.#rows.find(({ row }) => row.id === id)
      if (!stored) continue
      stored.dueAt = machineNow() + forMs
      stored.row = { ...stored.row, attempts: stored.row.attempts + 1 }
    }
    this.#release(connection)
    return commits.map(({ id }) => id)
  }

  #backlog(): Backlog {
    const pending = this.#rows.filter(({ dueAt }) => dueAt !== Number.POSITIVE_INFINITY)
    const [oldest] = pending
    const oldestMs = oldest ? machineNow() - oldest.writtenAt : 0
    return { pending: pending.length, dead: this.#rows.length - pending.length, oldestMs }
  }

  #release(connection: Duplex): void {
    for (const stored of this.#rows) {
      if (stored.holder === connection) stored.holder = undefined
    }
  }
}

function send(connection: Duplex, reply: OutboxReply): void {
  connection.write(`${JSON.stringify(reply)}\n`)
}
