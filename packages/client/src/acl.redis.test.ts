import { busNames, floorOf, leaseKey, type RedisTarget, valueKey } from '@rescind/bus'
import {
  eventually,
  type RedisCluster,
  type RedisServer,
  rejection,
  startRedis,
  startRedisCluster,
} from '@rescind/testbed'
import { expect } from 'chai'
import { Cluster, Redis } from 'ioredis'
import { after, before, describe, it } from 'mocha'
import { type SinonStub, stub } from 'sinon'
import { type Occasion, rulesOf, withoutEach } from './fixtures/acl-guide.ts'
import { cacheNodeJob, type Job, type Servers, writerJob } from './fixtures/acl-jobs.ts'

interface Role {
  readonly what: string
  readonly user: 'shop-node' | 'shop-writer'
  readonly occasions: readonly Occasion[]
  readonly job: (job: Job) => Promise<void>
}

const ROLES: readonly Role[] = [
  { what: 'a process with a cache', user: 'shop-node', occasions: ['always'], job: cacheNodeJob },
  {
    what: 'a service that only writes',
    user: 'shop-writer',
    occasions: ['always'],
    job: (job) => writerJob(job, false),
  },
  {
    what: 'a service that writes and confirms',
    user: 'shop-writer',
    occasions: ['always', 'confirm'],
    job: (job) => writerJob(job, true),
  },
]

describe('The access rules of the guide, on one Redis,', function () {
  this.timeout(120_000)
  let redis: RedisServer
  before(async () => {
    redis = await startRedis()
  })
  after(() => redis.stop())
  const servers: Servers = {
    target: (user) => ({ host: redis.host, port: redis.port, ...credentials(user) }),
    release: () => undefined,
    at: (_key, ...command) => redis.command(...command),
    onAll: async (...command) => [await redis.command(...command)],
  }
  checksRules(servers, [])

  for (const { what, user, occasions } of ROLES) {
    it(`refuse ${what} all that is none of its business`, async () => {
      await redis.command('ACL', 'SETUSER', user, ...rulesOf(user, occasions), '>secret')
      const client = new Redis({ host: redis.host, port: redis.port, ...credentials(user) })
      const [value, lease] = [valueKey('shop', 'r', 'x'), leaseKey('shop', 'r', 'x')]
      const floor = floorOf(value)
      for (const key of [value, lease, 'other', 'shopping:r:{x}']) {
        await redis.command('SET', key, 'secret')
      }
      const { channel, log, meta } = busNames('shop')
      const forbidden = [
        ...['other', 'shopping:r:{x}'].flatMap((key) => [
          ['GET', key],
          ['SET', key, ''],
          ['UNLINK', key],
          ['DEL', key],
        ]),
        ['EVAL', "return redis.call('GET', 'other')", '0'],
        ['EVAL', "return redis.call('GET', KEYS[1])", '1', 'other'],
        ['EVAL', "return redis.call('KEYS', '*')", '0'],
        ...['KEYS *', 'SCAN 0', 'FLUSHALL', 'FLUSHDB', 'CONFIG GET *', 'CONFIG SET maxmemory 1', 'SCRIPT FLUSH'],
        ...['ACL LIST', 'SHUTDOWN', 'REPLICAOF NO ONE', 'CLIENT LIST', 'CLIENT KILL TYPE normal'],
        ...['MONITOR', 'PSUBSCRIBE *', 'SUBSCRIBE other', 'PUBLISH other x', 'SSUBSCRIBE other', 'SWAPDB 0 1'],
        ...[`SET ${log} x`, `DEL ${meta}`, `HSET ${value} field x`, `XADD ${value} * field x`, `ZADD ${value} 1 x`],
        ...(user === 'shop-writer'
          ? [
              ...[value, lease].flatMap((key) => [`GET ${key}`, `GETRANGE ${key} 0 -1`, `DUMP ${key}`, `PTTL ${key}`]),
              ...[`SET ${value} x`, `COPY ${value} ${log}`, `RENAME ${value} ${log}`, `DEL ${value}`],
              ...[`SUBSCRIBE ${channel}`, `XRANGE ${log} - +`, `XTRIM ${log} MAXLEN 0`, `HINCRBY ${meta} beats 1`],
              ['EVAL', "return redis.call('GET', KEYS[1])", '1', value],
              ['EVAL', "return redis.call('SET', KEYS[1], 'x')", '1', value],
              ...[`GET ${floor}x`, `DEL ${floor}`],
            ]
          : []),
      ].map((command) => (typeof command === 'string' ? command.split(' ') : command))
      try {
        for (const [name = '', ...args] of forbidden) {
          const { message } = await rejection(client.call(name, ...args))
          expect(message, [name, ...args].join(' ')).to.match(/NOPERM|ACL failure|user executing the script can't/)
        }
      } finally {
        client.disconnect()
      }
    })
  }
})

describe('The access rules of the guide, on Redis Cluster,', function () {
  this.timeout(180_000)
  let cluster: RedisCluster
  const clients: Cluster[] = []
  before(async () => {
    cluster = await startRedisCluster(3)
  })
  after(() => cluster.stop())
  const servers: Servers = {
    target: (user): RedisTarget => {
      const { host = '', port = 0 } = cluster.shards[0] ?? {}
      const client = new Cluster([{ host, port }], { lazyConnect: true, redisOptions: credentials(user) })
      clients.push(client)
      return client
    },
    release: () => {
      for (const client of clients.splice(0)) {
        client.disconnect()
      }
    },
    at: async (key, ...command) => (await cluster.shardOf(key)).command(...command),
    onAll: (...command) => Promise.all(cluster.shards.map((shard) => shard.command(...command))),
  }
  checksRules(servers, ['cluster'])
})

function credentials(user?: string): { readonly username?: string; readonly password?: string } {
  return user === undefined ? {} : { username: user, password: 'secret' }
}

function checksRules(servers: Servers, more: readonly Occasion[]): void {
  let runs = 0
  let warn: SinonStub

  before(() => {
    // ioredis says that it may not ask for INFO.
    warn = stub(console, 'warn')
  })
  after(() => warn.restore())

  /** Does the job as a user with these rules, on a bus of its own. What was refused to it, or did not work. */
  async function run(rules: readonly string[], job: (job: Job) => Promise<void>): Promise<string[]> {
    runs += 1
    const name = `shop${runs}`
    const user = `user${runs}`
    const own = rules.map((rule) => (rule.startsWith('>') ? '>secret' : rule.replaceAll('shop', name)))
    await servers.onAll('ACL', 'SETUSER', user, 'reset', ...own)
    await servers.onAll('SCRIPT', 'FLUSH')
    const open = new Set<{ close(): Promise<unknown> }>()
    let outcome: string[] | undefined
    const keep: Job['keep'] = (resource) => {
      if (outcome) {
        throw new Error('Given up')
      }
      open.add(resource)
      return resource
    }
    job({ servers, name, user, keep }).then(
      () => {
        outcome ??= []
      },
      (error: unknown) => {
        outcome ??= [String(error)]
      },
    )
    await eventually(
      async () => {
        const denied = await refused(user)
        outcome = denied.length > 0 ? denied : outcome
        expect(outcome, 'its outcome').not.to.equal(undefined)
      },
      { withinMs: 20_000 },
    )
    await Promise.all([...open].map((resource) => resource.close()))
    servers.release()
    return [...(outcome ?? []), ...(await refused(user))]
  }

  async function refused(user: string): Promise<string[]> {
    const logs = (await servers.onAll('ACL', 'LOG', '128')) as unknown[][][]
    return logs.flat().flatMap((entry) => {
      const at = (field: string) => String(entry[entry.indexOf(field) + 1])
      return at('username') === user ? [`${at('reason')} ${at('object')} (${at('context')})`] : []
    })
  }

  for (const role of ROLES) {
    const { what, user, occasions, job } = role

    it(`let ${what} do its whole job, and refuse it nothing that it asks for`, async () => {
      const rules = rulesOf(user, [...occasions, ...more])
      expect(rules.length).to.be.above(10)
      expect(await run(rules, job)).to.deep.equal([])
    })

    it(`let ${what} do no more than that: without any one of them something is refused`, async () => {
      const needless: string[] = []
      for (const { lacks, rules } of withoutEach(rulesOf(user, [...occasions, ...more]))) {
        if ((await run(rules, job)).length === 0) {
          needless.push(lacks)
        }
      }
      expect(needless).to.deep.equal([])
    })
  }
}
