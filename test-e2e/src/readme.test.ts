import { readFile } from 'node:fs/promises'
import { type RedisServer, startPostgres, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import pg from 'pg'
import { exampleIn, runExample } from './example.ts'

const readme = new URL('../../README.md', import.meta.url)
const reading = new URL('../../docs/guide/reading.md', import.meta.url)
const writing = new URL('../../docs/guide/writing.md', import.meta.url)
const partitioning = new URL('../../docs/guide/partitioning.md', import.meta.url)
const versions = new URL('../../docs/guide/versions.md', import.meta.url)
const outbox = new URL('../../docs/guide/outbox.md', import.meta.url)
const writeBehind = new URL('../../docs/guide/write-behind.md', import.meta.url)
const failover = new URL('../../docs/guide/failover.md', import.meta.url)

describe('the examples of the documentation', () => {
  let redis: RedisServer

  beforeEach(async () => {
    redis = await startRedis()
  })

  afterEach(() => redis.stop())

  it('are at most 15 lines long in the README', async () => {
    expect((await exampleIn(readme)).split('\n')).to.have.length.of.at.most(15)
  })

  it('in the README, print the value from before and after the change, and exit', async () => {
    const printed = [`{ id: '42', brandId: '7', price: 2499 }`, `{ id: '42', brandId: '7', price: 1999 }`]
    expect(await runExample(await exampleIn(readme), redis)).to.deep.equal({ code: 0, output: printed.join('\n') })
  }).timeout(90_000)

  it('in the guide to reading, print what it promises, and exit', async () => {
    const output = `0 1500\n{ id: '42', brandId: '7', price: 1999 }`
    expect(await runExample(await exampleIn(reading), redis)).to.deep.equal({ code: 0, output })
  }).timeout(90_000)

  it('in the guide to writing, print what each pattern leads to, and exit', async () => {
    const output = ['invalidated 1999', 'tagged 1899', 'written through 1799 1799', 'Error: Too cheap 1799'].join('\n')
    expect(await runExample(await exampleIn(writing), redis)).to.deep.equal({ code: 0, output })
  }).timeout(90_000)

  it('in the guide to versions, do not print what a replica has that lags behind, and exit', async () => {
    const printed = [`{ id: '7', balance: 500, version: 1 }`, `{ id: '7', balance: 600, version: 2 }`]
    expect(await runExample(await exampleIn(versions), redis)).to.deep.equal({ code: 0, output: printed.join('\n') })
  }).timeout(90_000)

  it('in the guide to write-behind, print the write before and after it is saved, and exit', async () => {
    const product = `{ id: '42', brandId: '7', price: 1999 }`
    const output = `${product}\n${product} 1`
    expect(await runExample(await exampleIn(writeBehind), redis)).to.deep.equal({ code: 0, output })
  }).timeout(90_000)

  it('in the guide to failovers, read through a limit, and exit', async () => {
    const output = `Map(1) { '42' => { id: '42', brandId: '7', price: 2499 } }`
    expect(await runExample(await exampleIn(failover), redis)).to.deep.equal({ code: 0, output })
  }).timeout(90_000)

  describe('in the guide to the outbox,', () => {
    const printed = '2499\n1999'

    it('with a transaction of a cache, print the position and the value of after the change, and exit', async () => {
      const ended = await runExample(await exampleIn(outbox, 'transaction'), redis)
      expect(ended).to.deep.equal({ code: 0, output: '1 1999' })
    }).timeout(90_000)

    it('with PostgreSQL, print the value from before and after the change, also where a trigger says it, and exit', async () => {
      await using postgres = await startPostgres()
      const servers = { 'postgres://postgres@127.0.0.1:5432/shop': postgres }
      const example = await exampleIn(outbox)
      const client = new pg.Client({ connectionString: postgres.url })
      await client.connect()
      await client.query(
        `CREATE TABLE product (id text PRIMARY KEY, price int); INSERT INTO product VALUES ('42', 2499)`,
      )
      expect(await runExample(example, redis, servers)).to.deep.equal({ code: 0, output: printed })
      const trigger = /<!-- trigger -->\s*```sql\n(.*?)```/s.exec(await readFile(outbox, 'utf8'))?.[1] ?? ''
      await client.query(`UPDATE product SET price = 2499; ${trigger}`)
      await client.end()
      await redis.command('FLUSHALL')
      const [, noted] = /^(await outbox\.note\(.*)$/m.exec(example) ?? []
      const [, migrated] = /^(await pool\.query\(outbox\.migration\).*)$/m.exec(example) ?? []
      const silent = example.replace(noted ?? '', '').replace(migrated ?? '', '')
      expect(await runExample(silent, redis, servers)).to.deep.equal({ code: 0, output: printed })
    }).timeout(120_000)
  })

  describe('in the guide to partitioning,', () => {
    let others: readonly RedisServer[]

    beforeEach(async () => {
      others = await Promise.all([startRedis(), startRedis(), startRedis()])
    })

    afterEach(() => Promise.all(others.map((server) => server.stop())))

    it('with several servers, print the value from before and after the change, and exit', async () => {
      const example = await exampleIn(partitioning)
      const urls = ['6381', '6382', '6383'].map((port) => `redis://127.0.0.1:${port}`)
      const servers = Object.fromEntries(others.map((server, n) => [urls[n] ?? '', server]))
      const printed = [`{ id: '42', brandId: '7', price: 2499 }`, `{ id: '42', brandId: '7', price: 1999 }`]
      expect(await runExample(example, redis, servers)).to.deep.equal({ code: 0, output: printed.join('\n') })
      expect(await redis.command('HGET', '{shop}:meta', 'layouts')).to.match(/^one,three,two;/)
      expect(await redis.command('KEYS', 'shop:*')).to.deep.equal([])
    }).timeout(90_000)

    it('by kind of data, keep two buses apart, and exit', async () => {
      const [other = redis] = others
      const servers = { 'redis://127.0.0.1:6384': other }
      const ended = await runExample(await exampleIn(partitioning, 'kinds'), redis, servers)
      expect(ended).to.deep.equal({ code: 0, output: '7 2499\n7 1999' })
      expect(await other.command('EXISTS', '{prices}:log')).to.equal(1)
      expect(await redis.command('EXISTS', '{prices}:log')).to.equal(0)
    }).timeout(90_000)
  })
})
