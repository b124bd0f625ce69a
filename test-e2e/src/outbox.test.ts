import { createPublisher, type Publisher } from '@rescind/bus'
import { type Cache, createCache, type Region } from '@rescind/client'
import { createRelay, postgresOutbox, type Relay } from '@rescind/outbox'
import { eventually, type PostgresServer, type RedisServer, startPostgres, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import pg from 'pg'

/** So many that none is written often: what was lost would not be made good by the next change. */
const ids = Array.from({ length: 400 }, (_, n) => `${n}`)

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
      const loadMany = async (some: readonly string[]) => {
        const { rows } = await pool.query('SELECT id, version FROM item WHERE id = ANY($1)', [some])
        return new Map<string, number>(rows.map(({ id, version }) => [id, version]))
      }
      const load = async (id: string) => Number((await loadMany([id])).get(id))
      return { cache, versions: cache.region('item', { load, loadMany, ttl: '1h' }) }
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
      await Promise.allSettled(caches.map(({ versions }) => versions.getMany(ids)))
      await new Promise(setImmediate)
    }
  }

  /** What the caches hold, looked at without any further read, is what the database has. */
  async function expectCurrent(): Promise<void> {
    const { rows } = await pool.query('SELECT id, version FROM item ORDER BY id')
    for (const { versions } of caches) {
      expect(rows.map(({ id }) => ({ id, version: versions.peek(id) }))).to.deep.equal(rows)
    }
  }

  it('leaves no cache with an old value, though PostgreSQL and Redis are killed while it is written and read', async () => {
    await Promise.all(relays.map((relay) => relay.start()))
    let written = false
    let over = false
    const [writing, reading] = [write(() => written), read(() => over)]
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
    written = true
    await writing
    const pending = async () => (await pool.query('SELECT FROM rescind_outbox')).rows.length
    await eventually(async () => expect(await pending()).to.equal(0))
    // Each cache reads what it does not hold, and nothing that it does.
    await eventually(expectCurrent)
    over = true
    await reading
  }).timeout(90_000)
})
