import { eventually, rejection, startProxy } from '@rescind/testbed'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import pg from 'pg'
import { SourceLostError } from './errors.ts'
import { type Database, startDatabase } from './fixtures/database.ts'
import { conformsAsSource } from './fixtures/source-conformance.ts'

/** For the transaction under way, where it has the limit that it is to have. */
const SHORTEN_LIMIT = `SELECT set_config(name, '1', true) FROM pg_settings
  WHERE name = 'idle_in_transaction_session_timeout' AND setting = '15000'`

describe('The outbox in PostgreSQL', function () {
  this.timeout(60_000)
  let database: Database

  before(async () => {
    database = await startDatabase()
  })
  after(() => database.stop())

  conformsAsSource(async () => {
    await database.run('TRUNCATE rescind_outbox')
    const { outbox, client } = database
    const clients: ReturnType<typeof client>[] = []
    const begin = async () => {
      const one = client()
      clients.push(one)
      await one.connect()
      await one.query('BEGIN')
      return {
        write: (key: string) => outbox.note(one, (tx) => tx.invalidate({ region: 'r', keys: [key] })),
        commit: async () => void (await one.query('COMMIT')),
        rollback: async () => void (await one.query('ROLLBACK')),
      }
    }
    const close = async () => void (await Promise.all(clients.map((one) => one.end())))
    return { source: outbox.source(client), begin, close }
  })

  it('has the rows again of one who has vanished without a word, after a while', async () => {
    await database.run('TRUNCATE rescind_outbox')
    await using proxy = await startProxy(database.server)
    const client = new pg.Client({ host: proxy.host, port: proxy.port, user: 'postgres', database: 'postgres' })
    const { signal } = new AbortController()
    const listener = { onWake: () => undefined, onClose: () => undefined }
    let knows = false
    const onClose = () => {
      knows = true
    }
    const one = await database.outbox.source(() => client).open({ ...listener, onClose }, signal)
    const other = await database.outbox.source(database.client).open(listener, signal)
    await database.run(`INSERT INTO rescind_outbox (kind) VALUES ('clear-all')`)
    const failed = rejection(
      one.take(1, async () => {
        expect(await other.take(1, async () => undefined)).to.equal(0)
        proxy.blackhole('downstream')
        // Not before the row was seen to be held: any limit that is worth waiting for can pass in the meantime.
        client.query(SHORTEN_LIMIT).catch(() => undefined)
        await eventually(async () => expect(await other.take(1, async () => undefined)).to.equal(1))
        expect(knows).to.equal(false)
        await one.close()
        return undefined
      }),
    )
    expect(await failed).to.be.instanceOf(SourceLostError)
    await other.close()
  })
})
