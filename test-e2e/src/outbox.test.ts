import { createPublisher, type Publisher } from '@rescind/bus'
import { type Cache, createCache, type Region } from '@rescind/client'
import { createRelay, postgresOutbox, type Relay } from '@rescind/outbox'
import { eventually, type PostgresServer, type RedisServer, startPostgres, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import pg from 'pg'

const ids = Array.from({ length: 10 }, (_, n) => `${n}`)

describe('An outbox', () => {
  const outbox = postgresOutbox()
  let postgres: PostgresServer
  let redis: RedisServer
  let pool: pg.Pool
  let relays: Relay[]
  let publishers: Publisher[]
  let caches: { readonly cache: Cache; readonly versions: Region<number> }[]

  beforeEach(async () => {
    ;[postgres, redis] = await Promise.all([startPostgres(), startRedis()])
    pool = new pg.Pool({ connectionString: postgres.url, max: 5 })
    // A server that is killed is no reason for the test to end.
    pool.on('error', () => undefined)
    pool.on('connect', (client) => void client.on('error', () => undefined))
    await pool.query(outbox.migration)
    await pool.query('CREATE TABLE item (id text PRIMARY KEY, version int NOT NULL)')
    await pool.query('INSERT INTO item SELECT n, 0 FROM unnest($1::text[]) AS n', [ids])
    publishers = [1, 2].map(() => createPublisher({ name: 'test', redis: redis.url, onError: () => undefined }))
    relays = publishers.map((publisher) =>
      createRelay({ publisher, source: outbox.source(() => new pg.Client({ connectionString: postgres.url })) }),
    )
    caches = [1, 2].map(() => {
      const cache = createCache({ name: 'test', redis: redis.url, maxStaleness: '1s' })
      const load = async (id: string) => {
        const { rows } = await pool.query('SELECT version FROM item WHERE id = $1', [id])
        return Number(rows[0].version)
      }
      return { cache, versions: cache.region('item', { load, ttl: '1h' }) }
    })
  })
  afterEach(async () => {
    await Promise.all(relays.map((relay) => relay.close()))
    await Promise.all(publishers.map((publisher) => publisher.close()))
    await Promise.all(caches.map(({ cache }) => cache.close()))
    await pool.end()
    await redis.stop()
    await postgres.stop()
  })

  /** Raises the version of one item after the other; what fails is left as it is. */
  async function write(until: () => boolean): Promise<void> {
    for (let n = 0; !until(); n += 1) {
      const id = ids[n % ids.length] ?? ''
      const client = await pool.connect().catch(() => undefined)
      try {
        await client?.query('BEGIN')
        await client?.query('UPDATE item SET version = version + 1 WHERE id = $1', [id])
        if (client) await outbox.note(client, (tx) => tx.invalidate({ region: 'item', keys: [id] }))
        await client?.query('COMMIT')
        client?.release()
      } catch {
        client?.release(true)
      }
      await new Promise(setImmediate)
    }
  }

  async function read(until: () => boolean): Promise<void> {
    while (!until()) {
      await Promise.allSettled(caches.flatMap(({ versions }) => ids.map((id) => versions.get(id))))
      await new Promise(setImmediate)
    }
  }

  /** Looks without any further read: what the caches hold is what the database has. */
  async function expectCurrent(): Promise<void> {
    const { rows } = await pool.query('SELECT id, version FROM item ORDER BY id')
    for (const { versions } of caches) {
      const held = rows.filter(({ id, version }) => ![undefined, version].includes(versions.peek(id)))
      expect(held.map(({ id, version }) => `${id} is ${version}, not ${versions.peek(id)}`)).to.deep.equal([])
    }
  }

  it('leaves no cache with an old value, though PostgreSQL and Redis are killed while it is written and read', async () => {
    await Promise.all(relays.map((relay) => relay.start()))
    let over = false
    const traffic = [write(() => over), read(() => over)]
    const relayed = () => relays.reduce((sum, relay) => sum + relay.stats().relayed, 0)
    const some = async () => {
      const before = relayed()
      await eventually(() => expect(relayed()).to.be.greaterThan(before + 20), { withinMs: 15_000 })
    }
    await some()
    await redis.kill()
    await eventually(async () => expect((await pool.query('SELECT FROM rescind_outbox')).rows.length).to.be.above(20))
    await redis.restart()
    await some()
    await postgres.kill()
    await postgres.restart()
    await some()
    over = true
    await Promise.all(traffic)
    await eventually(async () => expect((await pool.query('SELECT FROM rescind_outbox')).rows).to.deep.equal([]))
    await eventually(expectCurrent)
  }).timeout(90_000)
})
