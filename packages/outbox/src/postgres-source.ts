import { SourceLostError } from './errors.ts'
import type { Backlog, OutboxRow, OutboxSource, Settlement, SourceListener, SourceSession } from './outbox-source.ts'
import type { PostgresConnection } from './postgres-client.ts'
import { within } from './within.ts'

const CONNECT_MS = 5_000
const QUERY_MS = 10_000
const CLOSE_MS = 1_000
/** Longer than a relay takes for a batch. */
const HELD_MS = 15_000

/**
 * `READ COMMITTED`: elsewhere a row that another relay removed in the meantime would be an error. The server ends a
 * transaction whose relay has vanished without a word, and so lets go of its rows.
 */
const BEGIN =
  'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; ' +
  `SET LOCAL idle_in_transaction_session_timeout = ${HELD_MS}; SET LOCAL statement_timeout = ${QUERY_MS}`

/** The outbox of a table that `outboxTable` describes. */
export class PostgresSource implements OutboxSource {
  readonly #table: string
  readonly #connect: () => PostgresConnection

  constructor(table: string, connect: () => PostgresConnection) {
    this.#table = table
    this.#connect = connect
  }

  async open(listener: SourceListener, signal: AbortSignal): Promise<SourceSession> {
    signal.throwIfAborted()
    const session = new PostgresSession(this.#table, this.#connect(), listener)
    const abort = () => void session.close()
    signal.addEventListener('abort', abort)
    try {
      await session.listen()
      return session
    } catch (error) {
      await session.close()
      throw error
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }
}

class PostgresSession implements SourceSession {
  readonly #table: string
  readonly #client: PostgresConnection
  readonly #listener: SourceListener
  #lost: SourceLostError | undefined
  #lose: (error: SourceLostError) => void = () => undefined
  readonly #loss: Promise<never>
  #queries = 0
  #closing: Promise<void> | undefined

  constructor(table: string, client: PostgresConnection, listener: SourceListener) {
    this.#table = table
    this.#client = client
    this.#listener = listener
    this.#loss = new Promise((_, reject) => {
      this.#lose = reject
    })
    this.#loss.catch(() => undefined)
    client.on('end', () => this.#onLost(undefined))
    client.on('error', (error) => this.#onLost(error))
    client.on('notification', () => listener.onWake())
  }

  async listen(): Promise<void> {
    await within(Promise.race([this.#client.connect(), this.#loss]), CONNECT_MS, 'Connecting to PostgreSQL')
    await this.#ask(`LISTEN "${this.#table}"`)
  }

  async take(limit: number, settle: (rows: readonly OutboxRow[]) => Promise<Settlement | undefined>): Promise<number> {
    await this.#ask(BEGIN)
    const rows = await this.#claim(limit)
    const settlement = rows.length === 0 ? undefined : await settle(rows)
    if (settlement) {
      await this.#settle(settlement)
    }
    await this.#ask(settlement ? 'COMMIT' : 'ROLLBACK')
    return rows.length
  }

  async backlog(): Promise<Backlog> {
    const [row] = await this.#ask(
      `SELECT count(*) FILTER (WHERE alive)::float8 AS pending, count(*) FILTER (WHERE NOT alive)::float8 AS dead,
        extract(epoch FROM clock_timestamp() - min(created_at) FILTER (WHERE alive))::float8 * 1000 AS oldest
      FROM (SELECT created_at, retry_at IS DISTINCT FROM 'infinity' AS alive FROM ${this.#table}) AS each`,
    )
    const { pending, dead, oldest } = fieldsOf(row)
    return { pending: Number(pending), dead: Number(dead), oldestMs: Math.max(0, Number(oldest ?? 0)) }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** What has been written late is found all the same: there is no cursor that could have passed it. */
  async #claim(limit: number): Promise<OutboxRow[]> {
    const claim = (where: string, order: string) =>
      `SELECT * FROM ${this.#table} WHERE ${where} ORDER BY ${order} LIMIT $1 FOR UPDATE SKIP LOCKED`
    const rows = await this.#ask(
      `WITH fresh AS (${claim('retry_at IS NULL', 'id')}), postponed AS (${claim('retry_at <= now()', 'retry_at')})
      SELECT id::text, kind, region, names, versions::text[], attempts
      FROM (SELECT * FROM fresh UNION ALL SELECT * FROM postponed) AS taken LIMIT $1`,
      [limit],
    )
    return rows.map((row) => {
      const { id, attempts, kind, region, names, versions } = fieldsOf(row)
      return { id: String(id), kind, region, names, versions, attempts: Number(attempts) }
    })
  }

  async #settle({ said, postponed }: Settlement): Promise<void> {
    if (said.length > 0) {
      await this.#ask(`DELETE FROM ${this.#table} WHERE id = ANY($1::bigint[])`, [said])
    }
    if (postponed.length > 0) {
      await this.#ask(
        `UPDATE ${this.#table} AS t
        SET attempts = attempts + 1, error = p.error,
          retry_at = coalesce(now() + p.ms * interval '1 millisecond', 'infinity')
        FROM unnest($1::bigint[], $2::float8[], $3::text[]) AS p (id, ms, error) WHERE t.id = p.id`,
        [postponed.map(({ id }) => id), postponed.map(({ forMs }) => forMs ?? null), postponed.map((p) => p.error)],
      )
    }
  }

  async #ask(text: string, values?: unknown[]): Promise<readonly unknown[]> {
    if (this.#lost) {
      throw this.#lost
    }
    this.#queries += 1
    try {
      const asked = Promise.race([this.#client.query(text, values), this.#loss])
      const { rows } = await within(asked, QUERY_MS, 'PostgreSQL')
      return rows
    } finally {
      this.#queries -= 1
    }
  }

  #onLost(cause: Error | undefined): void {
    if (!this.#lost) {
      this.#lost = new SourceLostError(cause)
      this.#lose(this.#lost)
      this.#listener.onClose(cause)
    }
  }

  async #close(): Promise<void> {
    const client = this.#client
    if (this.#queries === 0 && !this.#lost) {
      // A connection that hangs is cut off only with a query under way.
      client.query('UNLISTEN *').catch(() => undefined)
    }
    this.#onLost(undefined)
    await within(client.end(), CLOSE_MS, 'Closing').catch(() => client.unref?.())
  }
}

function fieldsOf(row: unknown): Readonly<Record<string, unknown>> {
  return typeof row === 'object' && row !== null ? { ...row } : {}
}
