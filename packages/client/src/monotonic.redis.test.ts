import { createPublisher } from '@rescind/bus'
import { Closing, type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { createCache } from './cache.ts'
import { ForwardReads } from './fixtures/forward-reads.ts'
import { LaggingReplica } from './fixtures/lagging-replica.ts'
import { seeded } from './fixtures/seeded.ts'

const ROUNDS = 20
const READS = 60

describe('Reads of a key with versions, in processes that share L2,', () => {
  const closing = new Closing()
  let redis: RedisServer
  before(async () => {
    redis = await startRedis()
  })
  afterEach(() => closing.all())
  after(() => redis.stop())

  it('do not go back in any of them, whoever writes, and the last write is what all have in the end', async () => {
    for (let seed = 0; seed < ROUNDS; seed += 1) {
      await readAtRandom(seed)
    }
  }).timeout(60_000)

  async function readAtRandom(seed: number): Promise<void> {
    const random = seeded(seed)
    const upTo = (bound: number) => Math.floor(random() * bound)
    const replica = new LaggingReplica(random)
    const shared = { name: `shop${seed}`, redis: redis.url }
    const publisher = closing.add(createPublisher(shared))
    const processes = await Promise.all(
      [0, 1, 2].map(async (n) => {
        const cache = closing.add(createCache({ ...shared, heartbeat: '100ms' }))
        // It is soon gone from L1, so that there is much to do for L2.
        const region = cache.region('r', { load: () => replica.read(), version: (value) => value, l1Ttl: 3 })
        expect(await cache.start()).to.equal(true)
        return { cache, region, forward: new ForwardReads(`seed ${seed}, process ${n}`) }
      }),
    )
    const [first] = processes
    const any = () => processes[upTo(processes.length)] ?? first ?? expect.fail('there are none')
    const done: Promise<unknown>[] = []
    for (let n = 0; n < READS; n += 1) {
      const { region, forward } = any()
      const fresh = random() < 0.2
      const reading = forward.read(() => region.get('a', { fresh }))
      done.push(reading)
      const write = random()
      if (write < 0.05) {
        replica.commit()
        done.push(any().region.invalidate('a'))
      } else if (write < 0.2) {
        const version = replica.commit()
        const bump = () => publisher.bump({ region: 'r', versions: { a: version } })
        done.push(random() < 0.5 ? bump() : any().region.bump('a', version))
      }
      if (random() < 0.7) {
        await reading
      }
    }
    await Promise.all(done)
    const last = replica.commit()
    await publisher.bump({ region: 'r', versions: { a: last } })
    for (const { cache, region, forward } of processes) {
      await forward.read(() => region.get('a', { maxStaleness: 0 }))
      expect(await region.get('a'), `seed ${seed}`).to.equal(last)
      expect(cache.stats().total, `seed ${seed}`).to.include({ outdatedServed: 0, l2Errors: 0 })
    }
    await closing.all()
  }
})
