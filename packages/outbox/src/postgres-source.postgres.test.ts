import { eventually, rejection, startProxy } from '@rescind/testbed'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import pg from 'pg'
import { type Database, startDatabase } from './fixtures/database.ts'
import { conformsAsSource } from './fixtures/source-conformance.ts'

describe('The outbox in PostgreSQL', () => {
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
    const abort = new AbortController()
    const listener = { onWake: () => undefined, onClose: () => undefined }
    const vanishing = database.outbox.source(() => {
      const client = new pg.Client({ host: proxy.host, port: proxy.port, user: 'postgres', database: 'postgres' })
      const query = (text: string, values?: unknown[]) => client.query(text.replace('= 15000;', '= 300;'), values)
      return { query, connect: () => client.connect(), on: client.on.bind(client), end: () => client.end() }
    })
    const [one, other] = [
      await vanishing.open(listener, abort.signal),
      await database.outbox.source(database.client).open(listener, abort.signal),
    ]
    await database.run(`INSERT INTO rescind_outbox (kind) VALUES ('clear-all')`)
    const taking = one.take(1, async () => {
      proxy.blackhole()
      expect(await other.take(1, async () => undefined)).to.equal(0)
      return undefined
    })
    const failed = rejection(taking)
    await eventually(async () => expect(await other.take(1, async () => undefined)).to.equal(1))
    await one.close()
    expect(await failed).to.be.instanceOf(Error)
    await other.close()
  })
})
