import { once } from 'node:events'
import { request } from 'node:http'
import { createInterface } from 'node:readline'
import type { Duplex } from 'node:stream'
import type { Backlog, OutboxRow, OutboxSource, Settlement, SourceListener, SourceSession } from '@rescind/outbox'
import type { Told } from './database.ts'
import type { OutboxReply, OutboxRequest } from './outbox-rows.ts'

export interface DatabaseSourceOptions {
  readonly databaseUrl: string
  /** What is known of the last message that was acknowledged. */
  readonly told: () => Told
  /** The database knows that the others were told of these items. */
  readonly onSettled?: (ids: readonly string[], told: Told) => void
}

/** The outbox of the database, as a relay takes its rows: on a connection of its own. */
export class DatabaseSource implements OutboxSource {
  readonly #options: DatabaseSourceOptions

  constructor(options: DatabaseSourceOptions) {
    this.#options = options
  }

  async open(listener: SourceListener, signal: AbortSignal): Promise<SourceSession> {
    const headers = { connection: 'Upgrade', upgrade: 'outbox' }
    const asking = request(this.#options.databaseUrl, { headers, signal })
    const upgraded = once(asking, 'upgrade')
    asking.end()
    const [, connection] = await upgraded
    return new DatabaseSession(connection, listener, this.#options)
  }
}

interface Asked {
  readonly resolve: (reply: OutboxReply) => void
  readonly reject: (error: Error) => void
}

class DatabaseSession implements SourceSession {
  readonly #connection: Duplex
  readonly #options: DatabaseSourceOptions
  readonly #asked: Asked[] = []
  #lost: Error | undefined

  constructor(connection: Duplex, listener: SourceListener, options: DatabaseSourceOptions) {
    this.#connection = connection
    this.#options = options
    connection.on('error', (error) => {
      this.#lost = error
    })
    connection.on('end', () => connection.destroy())
    connection.on('close', () => {
      listener.onClose(this.#lost)
      this.#lost ??= new Error('The session has ended')
      for (const { reject } of this.#asked.splice(0)) reject(this.#lost)
    })
    const lines = createInterface({ input: connection })
    lines.on('error', () => {})
    lines.on('line', (line) => {
      const reply: OutboxReply = JSON.parse(line)
      if (reply.type === 'wake') listener.onWake()
      else this.#asked.shift()?.resolve(reply)
    })
  }

  async take(limit: number, settle: (rows: readonly OutboxRow[]) => Promise<Settlement | undefined>): Promise<number> {
    const reply = await this.#ask({ type: 'take', limit })
    const rows = reply.type === 'taken' ? reply.rows : []
    if (rows.length === 0) return 0
    const settlement = await settle(rows)
    const told = this.#options.told()
    const settled = await this.#ask({ type: 'settle', settlement, told })
    if (settled.type === 'settled') this.#options.onSettled?.(settled.ids, told)
    return rows.length
  }

  async backlog(): Promise<Backlog> {
    const reply = await this.#ask({ type: 'backlog' })
    if (reply.type !== 'backlog') throw new Error(`The database answers with ${reply.type}`)
    return reply.backlog
  }

  async close(): Promise<void> {
    if (this.#connection.closed) return
    this.#connection.destroy()
    await once(this.#connection, 'close')
  }

  #ask(request: OutboxRequest): Promise<OutboxReply> {
    return new Promise((resolve, reject) => {
      if (this.#connection.destroyed) {
        reject(this.#lost ?? new Error('The session has ended'))
        return
      }
      this.#asked.push({ resolve, reject })
      this.#connection.write(`${JSON.stringify(request)}\n`)
    })
  }
}
