import { leaseKey, valueKey } from '@rescind/bus'
import { Closing, eventually, type RedisServer, rejection, seededNumbers, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { createCache } from './cache.ts'
import { HeldLoads } from './fixtures/held-loads.ts'
import { HeldSaves } from './fixtures/held-saves.ts'
import { RegionNode } from './fixtures/region-node.ts'
import type { RegionOptions } from './region-options.ts'
import type { WriteOptions } from './write-options.ts'

const name = 'test'
const [value, lease] = [valueKey(name, 'r', 'a'), leaseKey(name, 'r', 'a')]

describe('A write-through', () => {
  const closing = new Closing()
  let server: RedisServer
  let source: Map<string, string>

  before(async () => {
    server = await startRedis()
  })
  beforeEach(async () => {
    await server.command('FLUSHALL')
    source = new Map([['a', 'old']])
  })
  afterEach(() => closing.all())
  after(() => server.stop())

  async function join(options: Partial<RegionOptions<string | undefined>> = {}, redis = server.url) {
    const node = new RegionNode<string | undefined>(
      { name, redis },
      {
        load: (id) => source.get(id),
        save: (id, saved) => {
          if (saved !== undefined) source.set(id, saved)
          return undefined
        },
        tags: (one) => [`tag of ${one}`],
        ...options,
      },
    )
    return closing.add(await node.start())
  }

  /** Waits until nobody has anything more to do, and all have heard the same. */
  async function quiet(...nodes: RegionNode<string | undefined>[]): Promise<void> {
    await Promise.all(nodes.map(({ node }) => node.errands.drain()))
    const heard = () => new Set(nodes.map(({ node }) => node.bus.position?.seq))
    await eventually(() => expect(heard().size).to.equal(1))
  }

  it('puts the new value into L1 and L2, where the others find it without a load, and gives the lease back', async () => {
    const [own, other] = [await join(), await join()]
    expect([await own.region.get('a'), await other.region.get('a')]).to.deep.equal(['old', 'old'])
    const loads = own.region.stats.loads + other.region.stats.loads
    const { token } = await own.region.set('a', 'new')
    expect(own.region.peek('a')).to.equal('new')
    expect(await other.region.get('a', { after: token })).to.equal('new')
    await quiet(own, other)
    expect(own.region.stats.loads + other.region.stats.loads).to.equal(loads)
    expect(await server.command('EXISTS', value, lease)).to.equal(1)
    await own.node.invalidateTags(['tag of old'])
    expect(own.region.peek('a')).to.equal('new')
    await other.node.invalidateTags(['tag of new'])
    await quiet(own, other)
    expect([own.region.peek('a'), other.region.peek('a')]).to.deep.equal([undefined, undefined])
    expect((await own.region.inspect('a')).l2?.state).to.equal('dead')
  })

  it('never lets its own process read the old value afterwards, nor any with its token', async () => {
    const [own, other] = [await join(), await join()]
    for (let round = 0; round < 100; round += 1) {
      await Promise.all([own.region.get('a'), other.region.get('a')])
      const set = own.region.set('a', `version ${round}`)
      const during = [own.region.get('a'), other.region.get('a')]
      const { token } = await set
      const after = [own.region.get('a'), other.region.get('a', { after: token })]
      expect(await Promise.all(after)).to.deep.equal([`version ${round}`, `version ${round}`])
      await Promise.all(during)
    }
  })

  it('with confirm resolves when no member serves the old value any more', async () => {
    const connect = async () => {
      const cache = closing.add(createCache({ name, redis: server.url, strict: true, maxStaleness: 400 }))
      const region = cache.region('r', {
        load: (id: string) => source.get(id) ?? '',
        save: (id, saved) => void source.set(id, saved),
      })
      await cache.start()
      return region
    }
    const [own, other] = [await connect(), await connect()]
    for (let round = 0; round < 3; round += 1) {
      await Promise.all([own.get('a'), other.get('a')])
      const receipt = await own.set('a', `version ${round}`, { confirm: true })
      expect(receipt.confirmation?.answered.length).to.be.above(0)
      expect([undefined, `version ${round}`]).to.include(other.peek('a'))
    }
  })

  it('takes the lease from a loader, whose old value is then not stored', async () => {
    const loads = new HeldLoads<string>()
    const [own, loader] = [await join(), await join({ load: loads.load })]
    const read = loader.region.get('a')
    const load = await loads.call(0)
    await own.region.set('a', 'new')
    load.resolve('old')
    expect(await read).to.equal('old')
    await quiet(own, loader)
    expect(loader.region.peek('a')).to.equal(undefined)
    expect(await loader.region.get('a')).to.equal('new')
    expect(loads.calls).to.have.lengthOf(1)
  })

  it('wakes those who wait for its lease, also where they waited for the one before it', async () => {
    const loads = new HeldLoads<string>()
    const saves = new HeldSaves<string | undefined>()
    const patient = { leaseWait: '60s', leaseTtl: '60s', loadTimeout: '60s', saveTimeout: '60s' } as const
    const own = await join({ ...patient, save: saves.save })
    const loader = await join({ ...patient, load: loads.load })
    const waiter = await join({ ...patient, load: () => expect.fail('It need not load') })
    const first = loader.region.get('a')
    const load = await loads.call(0)
    const read = waiter.region.get('a')
    await eventually(async () => expect(await server.command('GET', lease)).to.match(/!$/))
    const coming = saves.next()
    const written = own.region.set('a', 'new')
    const save = await coming
    expect(await server.command('GET', lease)).to.match(/!$/)
    save.resolve()
    await written
    expect(await read).to.equal('new')
    load.resolve('old')
    await first
  })

  it('is known to have seen what was applied before it was saved, and not what its message comes after', async () => {
    const saves = new HeldSaves<string | undefined>()
    const [own, other] = [await join({ save: saves.save }), await join()]
    // As where it has reconnected, and is yet to read what it has missed.
    const { onMessage } = own.node
    own.node.onMessage = (message, position) => {
      if (message.kind !== 'invalidate-tags') onMessage.call(own.node, message, position)
    }
    const coming = saves.next()
    const written = own.region.set('a', 'new')
    const save = await coming
    // What the value was made of changes after it was saved.
    source.set('a', 'newest')
    await other.node.invalidateTags(['tag of new'])
    save.resolve()
    await written
    await quiet(own, other)
    expect(await server.command('EXISTS', value)).to.equal(1)
    expect(await other.region.get('a')).to.equal('newest')
  })

  it('that outlasts its lease is saved, announced, and not stored in L2', async () => {
    const saves = new HeldSaves<string | undefined>()
    const [own, other] = [await join({ save: saves.save, leaseTtl: 20 }), await join()]
    await other.region.get('a')
    const coming = saves.next()
    const written = own.region.set('a', 'new')
    const save = await coming
    await eventually(async () => expect(await server.command('EXISTS', lease)).to.equal(0))
    source.set('a', 'new')
    save.resolve()
    await written
    await quiet(own, other)
    expect(await server.command('EXISTS', value)).to.equal(0)
    expect(own.region.stats).to.include({ saves: 1, savesUncached: 1 })
    expect([own.region.peek('a'), other.region.peek('a')]).to.deep.equal(['new', undefined])
  })

  it('that fails leaves the old value where it is, and the lease to others', async () => {
    const own = await join({
      save: async () => {
        throw new Error('no')
      },
    })
    await own.region.get('a')
    await quiet(own)
    expect(await rejection(own.region.set('a', 'new'))).to.include({ message: 'no' })
    await quiet(own)
    expect(await server.command('EXISTS', value)).to.equal(1)
    expect(await server.command('EXISTS', lease)).to.equal(0)
    expect(own.region.peek('a')).to.equal('old')
  })

  it('of what is not to be cached is stored nowhere, and leaves the lease to others', async () => {
    const own = await join({
      save: async (_id, _saved, { skip }) => skip(),
      leaseTtl: '60s',
    })
    await own.region.set('a', 'new')
    await quiet(own)
    expect(own.region.peek('a')).to.equal(undefined)
    expect(await server.command('EXISTS', value, lease)).to.equal(0)
  })

  it('of what Redis cannot keep is kept by its process, and said so', async () => {
    class Money {
      readonly cents = 1
    }
    const money = new Money()
    const cache = closing.add(
      createCache({ name, redis: server.url, onEvent: (event) => void events.push(event.type) }),
    )
    const events: string[] = []
    const region = cache.region('r', { load: () => money, save: () => undefined })
    await cache.start()
    await region.set('a', money)
    expect(region.peek('a')).to.equal(money)
    await eventually(() => expect(events).to.include('error'))
    expect(cache.stats().total.savesUncached).to.equal(1)
    await eventually(async () => expect(await server.command('EXISTS', value, lease)).to.equal(0))
  })

  it('without L2 is for its own process, and touches no lease', async () => {
    const [own, other] = [await join({ l2: false }), await join({ l2: false })]
    await Promise.all([own.region.get('a'), other.region.get('a')])
    await server.command('CONFIG', 'RESETSTAT')
    await own.region.set('a', 'new')
    await quiet(own, other)
    expect([own.region.peek('a'), other.region.peek('a')]).to.deep.equal(['new', undefined])
    expect(await server.command('INFO', 'commandstats')).to.match(/cmdstat_evalsha:calls=1,/)
  })

  for (const options of [{}, { l2: false }] as const) {
    const where = 'l2' in options ? 'without L2' : 'with L2'
    it(`and others of the same key, slow and out of order, never leave an older value ${where}`, async () => {
      const draw = seededNumbers(6)
      const pause = () => new Promise((resolve) => setTimeout(resolve, draw(4)))
      let versions = 0
      const save = async (id: string) => {
        await pause()
        versions += 1
        const saved = `version ${versions}`
        source.set(id, saved)
        await pause()
        return saved
      }
      const load = async (id: string) => {
        const found = source.get(id)
        await pause()
        return found
      }
      const nodes = [await join({ save, load, ...options }), await join({ save, load, ...options })]
      nodes.push(await join({ load, ...options }))
      const [one, two, reader] = nodes
      let kept = 0
      for (let round = 0; round < 150; round += 1) {
        const work: (Promise<unknown> | undefined)[] = [one, reader, one].map((node) => node?.region.get('a'))
        const others = [[], [two], [two, two]][round % 3] ?? []
        for (const writer of [one, ...others]) work.push(pause().then(() => writer?.region.set('a', '')))
        await Promise.all(work)
        await quiet(...nodes)
        const latest = source.get('a')
        for (const { region } of nodes) {
          kept += region.peek('a') === latest ? 1 : 0
          expect(region.peek('a') ?? latest, `round ${round}`).to.equal(latest)
          expect(await region.get('a'), `round ${round}`).to.equal(latest)
        }
      }
      expect(kept).to.be.above(0)
    })
  }

  describe('that is broadcast as an update', () => {
    const update: WriteOptions = { broadcast: 'update' }

    it('is held by all who held the old value, before they ask for it, and by no others', async () => {
      const [own, holder, stranger] = [await join(), await join(), await join()]
      await Promise.all([own.region.get('a'), holder.region.get('a')])
      for (let round = 0; round < 20; round += 1) {
        await own.region.set('a', `version ${round}`, update)
        await eventually(() => expect(holder.region.peek('a')).to.equal(`version ${round}`))
      }
      await quiet(own, holder, stranger)
      expect(stranger.region.stats).to.include({ l1Misses: 0, renewals: 0 })
      expect(holder.region.stats).to.include({ renewals: 20, loads: 0 })
      expect(own.region.stats).to.include({ renewals: 0, loads: 1 })
    })

    it('is not, where it is an ordinary one', async () => {
      const [own, holder] = [await join(), await join()]
      await holder.region.get('a')
      await own.region.set('a', 'new')
      await quiet(own, holder)
      // What is said after it has been heard.
      await own.region.invalidate('b')
      await quiet(own, holder)
      expect(holder.region.peek('a')).to.equal(undefined)
      expect(holder.region.stats.renewals).to.equal(0)
    })

    it('costs no more than a look when others claim it: it is read once, and only where an old value was lost', async () => {
      const [own, holder] = [await join(), await join()]
      await holder.region.get('a')
      const claims = [value, valueKey(name, 'r', 'b'), valueKey(name, 'no such region', 'a'), 'test:r:{', '']
      const claim = async () => {
        for (const key of claims) await server.command('PUBLISH', `{${name}}:wakes`, `+${key}`)
        // In one order with those: when this is heard, so were they.
        await own.region.invalidate('c')
        await quiet(own, holder)
      }
      await claim()
      expect(holder.region.stats).to.include({ renewals: 0, l1Misses: 1 })
      source.set('a', 'new')
      await own.region.invalidate('a')
      await claim()
      await claim()
      expect(holder.region.stats).to.include({ renewals: 1, l1Misses: 2 })
      expect(holder.region.peek('a')).to.equal('new')
      expect(holder.node.bus.ignored).to.equal(0)
    })

    it('is forgotten by those who do not hear of it within a second or two', async () => {
      const [own, holder] = [await join(), await join()]
      await holder.region.get('a')
      await own.region.invalidate('a')
      await quiet(own, holder)
      holder.region.prune()
      holder.region.prune()
      own.node.bus.renew(value)
      await own.region.invalidate('c')
      await quiet(own, holder)
      expect(holder.region.stats.renewals).to.equal(0)
    })
  })
})
