import { InvalidArgumentError } from '@rescind/options'
import { rejection } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import type pg from 'pg'
import { type Database, startDatabase } from './fixtures/database.ts'
import { postgresOutbox } from './postgres-outbox.ts'

describe('An outbox in PostgreSQL', function () {
  this.timeout(60_000)
  let database: Database
  let client: pg.Client

  before(async () => {
    database = await startDatabase()
  })
  after(() => database.stop())
  beforeEach(async () => {
    await database.run('TRUNCATE rescind_outbox')
    client = database.client()
    await client.connect()
  })
  afterEach(() => client.end())

  const rows = () => database.run('SELECT kind, region, names, versions::text[] FROM rescind_outbox ORDER BY id')

  it('takes note of every kind, each name once, with one query', async () => {
    let queries = 0
    const counting = {
      query: (text: string, values?: unknown[]) => {
        queries += 1
        return client.query(text, values)
      },
    }
    const highest = 2n ** 63n - 1n
    const strange = ['', '{}', 'NULL', '"', '\\', ',', ' ', 'ключ', '\u0001', '😀', 'x'.repeat(1024)]
    await database.outbox.note(counting, (tx) => {
      tx.invalidate({ region: 'r', keys: strange })
      tx.invalidate({ region: 's', keys: ['a', 'a'] })
      tx.invalidateTags(['t', 'u'])
      tx.clear(['r'])
      tx.bump({ region: 'r', versions: new Map([['x', highest]]) })
      tx.clearAll()
    })
    expect(await rows()).to.deep.equal([
      { kind: 'invalidate', region: 'r', names: strange, versions: null },
      { kind: 'invalidate', region: 's', names: ['a'], versions: null },
      { kind: 'invalidate-tags', region: null, names: ['t', 'u'], versions: null },
      { kind: 'clear', region: null, names: ['r'], versions: null },
      { kind: 'bump', region: 'r', names: ['x'], versions: [`${highest}`] },
      { kind: 'clear-all', region: null, names: [], versions: null },
    ])
    expect(queries).to.equal(1)
  })

  it('asks nothing of the database where nothing is noted, or something wrong', async () => {
    const untouched = { query: () => Promise.reject(new Error('was asked')) }
    const { outbox } = database
    await outbox.note(untouched, () => undefined)
    const wrong = await rejection(outbox.note(untouched, (tx) => tx.invalidate({ region: 'r:x', keys: ['a'] })))
    expect(wrong).to.be.instanceOf(InvalidArgumentError).and.include({ argument: 'region' })
    const nul = await rejection(outbox.note(untouched, (tx) => tx.invalidateTags(['a\0b'])))
    expect(nul.message).to.match(/^each name must be a string without NUL characters/)
    expect(await rejection(outbox.note(undefined as never, () => undefined))).to.include({ argument: 'client' })
  })

  it('forgets what it noted when the transaction is rolled back', async () => {
    await client.query('BEGIN')
    await database.outbox.note(client, (tx) => tx.clearAll())
    await client.query('ROLLBACK')
    expect(await rows()).to.deep.equal([])
  })

  for (const [what, values] of [
    ['of a kind that there is not', `'forget', 'r', '{x}', NULL`],
    ['with a region that is none', `'invalidate', 'r:x', '{x}', NULL`],
    ['without a region', `'invalidate', NULL, '{x}', NULL`],
    ['with a region where there is none', `'clear-all', 'r', '{}', NULL`],
    ['without names', `'invalidate', 'r', '{}', NULL`],
    ['with no name', `'invalidate-tags', NULL, '{NULL}', NULL`],
    ['with names where all are meant', `'clear-all', NULL, '{x}', NULL`],
    ['without versions', `'bump', 'r', '{x}', NULL`],
    ['with versions where there are none', `'invalidate', 'r', '{x}', '{1}'`],
    ['with too few versions', `'bump', 'r', '{x,y}', '{1}'`],
    ['with no version', `'bump', 'r', '{x}', '{NULL}'`],
    ['with a negative version', `'bump', 'r', '{x}', '{-1}'`],
  ]) {
    it(`refuses a row ${what}, in the transaction that writes it`, async () => {
      const insert = `INSERT INTO rescind_outbox (kind, region, names, versions) VALUES (${values})`
      expect((await rejection(client.query(insert))).message).to.include('violates check constraint')
    })
  }

  it('may have another name, in another schema', async () => {
    const other = postgresOutbox({ table: 'app.changes' })
    await database.run(`CREATE SCHEMA app; ${other.migration}`)
    let woken = () => {}
    const wake = new Promise<void>((resolve) => {
      woken = resolve
    })
    const listener = { onWake: () => woken(), onClose: () => undefined }
    const session = await other.source(database.client).open(listener, new AbortController().signal)
    await other.note(client, (tx) => tx.invalidateTags(['t']))
    await wake
    const taken = await session.take(10, async ([row]) => ({ said: [row?.id ?? ''], postponed: [] }))
    expect([taken, (await session.backlog()).pending]).to.deep.equal([1, 0])
    await session.close()
    expect(await rows()).to.deep.equal([])
  })

  it('refuses a name of a table that would have to be quoted', () => {
    for (const table of ['', 'Outbox', 'a b', 'a;b', '1a', 'a.b.c', 'x'.repeat(41), 42 as never]) {
      expect(() => postgresOutbox({ table }), `${table}`).to.throw(InvalidArgumentError, /^table must be/)
    }
    expect(() => postgresOutbox({ tabel: 'x' } as never)).to.throw(InvalidArgumentError)
    expect(() => postgresOutbox().source('url' as never)).to.throw(InvalidArgumentError, /^connect must be/)
  })
})
