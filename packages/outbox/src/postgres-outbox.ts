import { type MessageBody, Notes, type Transaction } from '@rescind/bus'
import { checkOptions, InvalidArgumentError } from '@rescind/options'
import type { OutboxSource } from './outbox-source.ts'
import type { PostgresClient, PostgresConnection } from './postgres-client.ts'
import { outboxTable } from './postgres-schema.ts'
import { PostgresSource } from './postgres-source.ts'

export interface PostgresOutboxOptions {
  /** Its table, if need be after a schema and a dot: up to 40 lower case letters, digits and `_`. Default `'rescind_outbox'`. */
  readonly table?: string
}

/** A table in which transactions write what they make obsolete, for relays to broadcast once they have committed. */
export interface PostgresOutbox {
  /** SQL for a migration: the table, its indexes, and a trigger that notifies the relays. To be run once. */
  readonly migration: string
  /**
   * Writes, with one query on the connection of a transaction, what `say` notes on `tx`: with the calls of a publisher.
   * Call it where the data are written; what it wrote is committed, or rolled back, with them. Rejects as `client.query`
   * does, or with what `say` threw, and else only with:
   *
   * @throws {InvalidArgumentError} also for a name with a NUL character, which PostgreSQL has not.
   */
  note(client: PostgresClient, say: (tx: Transaction) => Promise<void> | void): Promise<void>
  /**
   * Where a relay takes the rows.
   *
   * @param connect is called for each connection: `() => new pg.Client(…)`. A relay has one at a time, on which it also
   * listens, and ends it; so not one of a pool.
   */
  source(connect: () => PostgresConnection): OutboxSource
}

/** An outbox in PostgreSQL 12 or newer. Does no I/O. @throws {InvalidArgumentError} */
export function postgresOutbox(options: PostgresOutboxOptions = {}): PostgresOutbox {
  checkOptions('options', options, ['table'])
  const { table = 'rescind_outbox' } = options
  const { name, migration } = outboxTable(table)
  const insert = `INSERT INTO ${name} (kind, region, names, versions)
    SELECT kind, region, names, versions
    FROM jsonb_to_recordset($1::text::jsonb) AS noted (kind text, region text, names text[], versions bigint[])`
  return {
    migration,
    async note(client, say) {
      if (typeof client?.query !== 'function') {
        throw new InvalidArgumentError('client', 'what the transaction runs on, with a query method', client)
      }
      const notes = new Notes()
      await say(notes)
      notes.end()
      const rows = notes.bodies().flatMap(rowsOf)
      if (rows.length > 0) {
        await client.query(insert, [JSON.stringify(rows)])
      }
    },
    source(connect) {
      if (typeof connect !== 'function') {
        throw new InvalidArgumentError('connect', 'a function that returns a new client', connect)
      }
      return new PostgresSource(name, connect)
    },
  }
}

interface NewRow {
  readonly kind: MessageBody['kind']
  readonly region: string | null
  readonly names: readonly string[]
  /** As texts: numbers of JSON are not all exact. */
  readonly versions: readonly string[] | null
}

function rowsOf(body: MessageBody): NewRow[] {
  const { kind } = body
  switch (kind) {
    case 'invalidate':
      return body.items.map(({ region, keys }) => ({ kind, region, names: plain(keys), versions: null }))
    case 'bump':
      return body.items.map(({ region, versions }) => {
        return { kind, region, names: plain([...versions.keys()]), versions: [...versions.values()].map(String) }
      })
    case 'invalidate-tags':
      return [{ kind, region: null, names: plain(body.tags), versions: null }]
    case 'clear':
      return [{ kind, region: null, names: body.regions, versions: null }]
    case 'clear-all':
      return [{ kind, region: null, names: [], versions: null }]
  }
}

function plain(names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (name.includes('\0')) {
      throw new InvalidArgumentError('each name', 'a string without NUL characters, which PostgreSQL has not', name)
    }
  }
  return names
}
