import { Bus, createPublisher, type Message, type Publisher } from '@rescind/bus'
import { eventually, type RedisServer, seededNumbers, spawnNode, startProxy, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import pg from 'pg'
import { type Database, startDatabase } from './fixtures/database.ts'
import { createRelay, type Relay } from './relay.ts'
import type { RelayEvent } from './relay-event.ts'
import type { RelayOptions } from './relay-options.ts'

describe('A relay, with PostgreSQL and Redis,', function () {
  this.timeout(60_000)
  let database: Database
  let redis: RedisServer
  let publisher: Publisher
  let hearer: Bus
  let heard: Set<string>
  let relays: Relay[]
  let events: RelayEvent[]

  before(async () => {
    database = await startDatabase()
    redis = await startRedis()
    await database.run('CREATE TABLE change (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)')
  })
  after(async () => {
    await redis.stop()
    await database.stop()
  })
  beforeEach(async () => {
    await database.run('TRUNCATE rescind_outbox, change')
    heard = new Set()
    relays = []
    events = []
    const onMessage = (message: Message) => {
      for (const { keys } of message.kind === 'invalidate' ? message.items : []) for (const key of keys) heard.add(key)
    }
    hearer = new Bus({ name: 'test', redis: redis.url }, { onMessage, onFlush: () => undefined })
    await hearer.start()
    publisher = createPublisher({ name: 'test', redis: redis.url, publishTimeout: '500ms' })
  })
  afterEach(async () => {
    await Promise.all(relays.map((relay) => relay.close()))
    await publisher.close()
    await hearer.close()
  })

  async function start(more: Partial<RelayOptions> = {}): Promise<Relay> {
    const source = database.outbox.source(database.client)
    const relay = createRelay({ source, publisher, onEvent: (event) => events.push(event), ...more })
    relays.push(relay)
    await relay.start()
    return relay
  }

  /** Changes one row after the other on a connection, `times` of them or until it fails. */
  async function change(times: number): Promise<void> {
    const client = database.client()
    try {
      await client.connect()
      for (let n = 0; n < times; n += 1) {
        await client.query('BEGIN')
        const { rows } = await client.query('INSERT INTO change DEFAULT VALUES RETURNING id::text')
        await database.outbox.note(client, (tx) => tx.invalidate({ region: 'r', keys: [rows[0].id] }))
        await client.query('COMMIT')
      }
    } finally {
      await client.end()
    }
  }

  const committed = async () => (await database.run('SELECT id::text FROM change')).map(({ id }) => id)
  const pending = async () => (await database.run('SELECT id FROM rescind_outbox')).length

  /** Neither more nor less was heard than was committed. */
  async function expectAllHeard(): Promise<void> {
    await eventually(async () => expect(await pending()).to.equal(0), { withinMs: 15_000 })
    const ids = await committed()
    await eventually(() => expect(ids.filter((id) => !heard.has(String(id)))).to.deep.equal([]))
    expect([...heard].filter((key) => !ids.includes(key))).to.deep.equal([])
  }

  it('loses nothing of a service that is killed at any of 20 moments while it writes and relays', async () => {
    const numbers = seededNumbers(23)
    const script = new URL('./fixtures/service-process.js', import.meta.url)
    let spare = spawnNode(script)
    for (let kill = 0; kill < 20; kill += 1) {
      const service = await spare
      if (kill < 19) spare = spawnNode(script)
      const lastStep = new Promise<void>((resolve) => void service.onEvent(() => resolve()))
      // From the first connection on, and through several batches.
      service.call('run', database.server.url, redis.url, 1 + numbers(120)).catch(() => undefined)
      await lastStep
      await service.kill()
    }
    expect((await committed()).length).to.be.greaterThan(20)
    await start()
    await expectAllHeard()
  }).timeout(90_000)

  it('broadcasts what was committed by one who died before anything else', async () => {
    await change(3)
    expect(heard.size).to.equal(0)
    await start()
    await expectAllHeard()
    expect(heard.size).to.equal(3)
  })

  it('hears of each commit at once, and does not wait for the next look', async () => {
    await start({ pollInterval: '1h' })
    await change(5)
    await expectAllHeard()
  })

  it('finds rows of which no notification came', async () => {
    await database.run('ALTER TABLE rescind_outbox DISABLE TRIGGER USER')
    try {
      await start({ pollInterval: '20ms' })
      await change(5)
      await expectAllHeard()
    } finally {
      await database.run('ALTER TABLE rescind_outbox ENABLE TRIGGER USER')
    }
  })

  it('shares the rows with others, of whom each takes some, and none twice', async () => {
    const all = await Promise.all([1, 2, 3].map(() => start({ batchSize: 1 })))
    await Promise.all([change(40), change(40), change(40)])
    await expectAllHeard()
    const shares = all.map((relay) => relay.stats().relayed)
    expect(shares.reduce((a, b) => a + b)).to.equal(120)
    expect(Math.min(...shares)).to.be.greaterThan(0)
  })

  it('goes on with the rows of one whose connection the server has ended', async () => {
    await Promise.all([start(), start()])
    const changing = change(100)
    for (let n = 0; n < 5; n += 1) {
      await database.run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%rescind_outbox%'
        AND query NOT LIKE '%INSERT%' AND pid <> pg_backend_pid()`)
    }
    await changing
    await expectAllHeard()
  })

  it('goes on when PostgreSQL was killed, with all that had been committed', async () => {
    const relay = await start()
    for (let n = 0; n < 3; n += 1) {
      const changing = change(10_000).catch(() => undefined)
      const before = heard.size
      await eventually(() => expect(heard.size).to.be.greaterThan(before))
      await database.server.kill()
      await changing
      await eventually(() => expect(relay.stats().status).to.equal('connecting'))
      await database.server.restart()
    }
    await expectAllHeard()
  })

  it('keeps rows while Redis does not answer, and queues none twice meanwhile', async () => {
    const relay = await start({ pollInterval: '20ms' })
    await change(3)
    await expectAllHeard()
    redis.pause()
    await change(3)
    await eventually(() => expect(events.filter(({ type }) => type === 'error').length).to.be.greaterThan(0))
    await change(3)
    expect([await pending(), publisher.queued, relay.stats().status]).to.deep.equal([6, 1, 'live'])
    redis.resume()
    await expectAllHeard()
    expect(relay.stats().relayed).to.equal(9)
  })

  it('puts aside what cannot be broadcast, and what Redis refuses, and broadcasts the rest', async () => {
    await redis.command('ACL', 'SETUSER', 'relay', 'on', '>pw', '+@all', '~{test}:*', '~test:r:*', '&*')
    const url = `redis://relay:pw@${redis.host}:${redis.port}`
    await publisher.close()
    publisher = createPublisher({ name: 'test', redis: url })
    const long = 'x'.repeat(1_025)
    await database.run(`INSERT INTO rescind_outbox (kind, region, names) VALUES ('invalidate-tags', NULL, '{${long}}')`)
    await database.run(
      `INSERT INTO rescind_outbox (kind, region, names) VALUES ('invalidate', 'forbidden.zone', '{x}')`,
    )
    await change(3)
    const relay = await start()
    await eventually(async () => expect(await pending()).to.equal(2))
    expect(heard.size).to.equal(3)
    const rows = await database.run('SELECT attempts, error, retry_at FROM rescind_outbox ORDER BY id')
    expect(rows[0]).to.deep.include({ attempts: 1, retry_at: Number.POSITIVE_INFINITY })
    expect(rows[0]?.['error']).to.match(/^each of tags must be/)
    expect(rows[1]?.['error']).to.include('NOPERM')
    await eventually(() => expect(relay.stats().backlog).to.deep.include({ pending: 1, dead: 1 }))
  })

  it('closes in bounded time where the database is a black hole, and leaves the rows to others', async () => {
    const proxy = await startProxy(database.server)
    const connect = () => new pg.Client({ host: proxy.host, port: proxy.port, user: 'postgres', database: 'postgres' })
    const relay = await start({ source: database.outbox.source(connect) })
    proxy.blackhole()
    await change(1)
    await relay.close()
    expect(relay.stats().status).to.equal('closed')
    await proxy.close()
    expect(heard.size).to.equal(0)
    await start()
    await expectAllHeard()
  })
})
