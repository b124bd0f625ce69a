import { createPublisher, floorOf, valueKey } from '@rescind/bus'
import { Closing, eventually, type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { type SinonStub, stub } from 'sinon'
import { createCache } from './cache.ts'
import { rulesOf, withoutEach } from './fixtures/acl-guide.ts'

type User = 'shop-node' | 'shop-writer'

const IDS = ['x', 'y', '{q}']

describe('The access rules of the guide, on a server of values,', function () {
  this.timeout(120_000)
  let log: RedisServer
  let server: RedisServer
  let warn: SinonStub
  let runs = 0
  /** The job is done, or given up. */
  let over = false

  before(async () => {
    log = await startRedis()
    server = await startRedis()
    // ioredis says that it may not ask for INFO.
    warn = stub(console, 'warn')
  })
  after(async () => {
    warn.restore()
    await Promise.all([log.stop(), server.stop()])
  })

  /** What a user with these rules is refused there, or fails to do, in all that a process of its kind ever does there. */
  async function run(user: User, rules: readonly string[]): Promise<string[]> {
    runs += 1
    const name = `shop${runs}`
    const closing = new Closing()
    const own = rules.map((rule) => (rule.startsWith('>') ? '>secret' : rule.replaceAll('shop', name)))
    await server.command('ACL', 'SETUSER', `user${runs}`, 'reset', ...own)
    await server.command('SCRIPT', 'FLUSH')
    const values = { host: server.host, port: server.port, username: `user${runs}`, password: 'secret' }
    const shared = { name, redis: log.url, valueServers: { values }, maxStaleness: 500 }
    const outcome: string[] = []
    over = false
    const job = user === 'shop-node' ? nodeJob : writerJob
    const done = job(shared, closing).catch((error: unknown) => outcome.push(String(error)))
    await Promise.race([done, eventually(async () => expect(await refused(`user${runs}`)).not.to.be.empty, LONG)])
    await closing.all()
    over = true
    await done
    return [...outcome, ...(await refused(`user${runs}`))]
  }

  const LONG = { withinMs: 30_000 }

  async function nodeJob(shared: Parameters<typeof createCache>[0], closing: Closing): Promise<void> {
    const join = async () => {
      const cache = closing.add(createCache({ ...shared, heartbeat: 50 }))
      await cache.start()
      const load = (id: string) => `${id} loaded`
      return { cache, region: cache.region('r', { load, save: () => undefined, version: () => 7 }) }
    }
    const [a, b] = [await join(), await join()]
    await a.region.getMany(IDS)
    await eventually(async () => expect(over || (await stored(shared.name)) === IDS.length).to.equal(true))
    await b.region.getMany(IDS)
    expect(b.cache.stats().total).to.include({ l2Hits: IDS.length, l2Errors: 0 })
    await b.region.bump('x', 7)
    expect(await server.command('GET', floorOf(valueKey(shared.name, 'r', 'x')))).to.equal('7')
    await b.region.invalidate(IDS)
    expect(await stored(shared.name)).to.equal(0)
    for (const id of IDS) {
      await b.region.set(id, `${id} saved`)
    }
    await eventually(async () => expect(over || (await stored(shared.name)) === IDS.length).to.equal(true))
  }

  async function writerJob(shared: Parameters<typeof createPublisher>[0], closing: Closing): Promise<void> {
    const publisher = closing.add(createPublisher({ ...shared, onError: () => undefined }))
    for (const id of IDS) {
      await server.command('SET', valueKey(shared.name, 'r', id), 'value')
    }
    await publisher.bump({ region: 'r', versions: new Map(IDS.map((id) => [id, 7])) })
    expect(await server.command('GET', floorOf(valueKey(shared.name, 'r', 'x')))).to.equal('7')
    await publisher.invalidate({ region: 'r', keys: IDS })
    expect(await stored(shared.name)).to.equal(0)
  }

  async function stored(name: string): Promise<unknown> {
    return server.command('EXISTS', ...IDS.map((id) => valueKey(name, 'r', id)))
  }

  async function refused(user: string): Promise<string[]> {
    const entries = (await server.command('ACL', 'LOG', '128')) as unknown[][]
    return entries.flatMap((entry) => {
      const at = (field: string) => String(entry[entry.indexOf(field) + 1])
      return at('username') === user ? [`${at('reason')} ${at('object')} (${at('context')})`] : []
    })
  }

  for (const user of ['shop-node', 'shop-writer'] as const) {
    it(`let ${user} do its whole job`, async () => {
      expect(await run(user, rulesOf(user, ['values']))).to.deep.equal([])
    })

    it(`let ${user} do no more than that: without any one of them something is refused`, async () => {
      const rules = rulesOf(user, ['values'])
      expect(rules.length).to.be.above(4)
      const needless: string[] = []
      for (const { lacks, rules: fewer } of withoutEach(rules)) {
        if ((await run(user, fewer)).length === 0) {
          needless.push(lacks)
        }
      }
      expect(needless).to.deep.equal([])
    })
  }
})
