import { Closing } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, describe, it } from 'mocha'
import { createCache } from './cache.ts'
import { HeldLoads } from './fixtures/held-loads.ts'
import { InvalidArgumentError, MemoryHub, type WarmProgress } from './index.ts'

const ids = (count: number) => Array.from({ length: count }, (_, n) => `${n}`)

describe('Warming', () => {
  const closing = new Closing()
  const setUp = () => closing.add(createCache({ name: 'test', hub: new MemoryHub() }))

  afterEach(() => closing.all())

  it('reads every id once, so that it is held, and says how far it is', async () => {
    const loaded: string[] = []
    const region = setUp().region('r', {
      load: async (id) => {
        loaded.push(id)
        return id
      },
    })
    await region.get('3')
    const seen: WarmProgress[] = []
    const report = await region.warm([...ids(5), '0', '3'], { onProgress: (progress) => void seen.push(progress) })
    expect(report).to.deep.equal({ total: 5, failures: new Map() })
    expect(loaded.toSorted()).to.deep.equal(ids(5))
    expect(ids(5).map((id) => region.peek(id))).to.deep.equal(ids(5))
    expect(seen).to.deep.equal([1, 2, 3, 4, 5].map((done) => ({ done, total: 5, failed: 0 })))
  })

  it('loads no more than `concurrency` at a time, and always as many while there are', async () => {
    const loads = new HeldLoads<string>()
    const region = setUp().region('r', { load: loads.load })
    const warming = region.warm(ids(10), { concurrency: 3 })
    for (let n = 0; n < 10; n += 1) {
      await loads.call(Math.min(9, n + 2))
      expect(loads.calls.length).to.equal(Math.min(10, n + 3))
      loads.calls[n]?.resolve('value')
    }
    expect(await warming).to.deep.equal({ total: 10, failures: new Map() })
  })

  it('reads `concurrency` ids at once where the region can load many, one call after the other', async () => {
    const loads = new HeldLoads<string>()
    const region = setUp().region('r', { load: loads.load, loadMany: loads.loadMany })
    const progress: number[] = []
    const warming = region.warm(ids(7), { concurrency: 3, onProgress: ({ done }) => void progress.push(done) })
    for (let n = 0; n < 7; n += 1) {
      const load = await loads.call(n)
      expect(loads.batches.length).to.equal(Math.floor(n / 3) + 1)
      load.resolve('value')
    }
    await warming
    expect(loads.batches).to.deep.equal([['0', '1', '2'], ['3', '4', '5'], ['6']])
    expect(progress).to.deep.equal([3, 6, 7])
  })

  for (const together of [false, true]) {
    it(`goes on when some fail, and says which and why, ${together ? 'loaded together' : 'each on its own'}`, async () => {
      const load = async (id: string) => {
        if (Number(id) % 2) {
          throw new Error(`no ${id}`)
        }
        return id
      }
      const loadMany = async (some: readonly string[]) =>
        new Map(await Promise.all(some.map(async (id) => [id, await load(id).catch((e: Error) => e)] as const)))
      const region = setUp().region<string>('r', together ? { load, loadMany } : { load })
      const failed: number[] = []
      const { total, failures } = await region.warm(ids(6), {
        concurrency: 2,
        onProgress: (progress) => void failed.push(progress.failed),
      })
      expect(total).to.equal(6)
      expect([...failures.keys()].toSorted()).to.deep.equal(['1', '3', '5'])
      expect(failures.get('3')).to.have.property('message', 'no 3')
      expect(failed.at(-1)).to.equal(3)
      expect([region.peek('0'), region.peek('1')]).to.deep.equal(['0', undefined])
    })
  }

  it('ends when onProgress throws or rejects, and begins nothing more', async () => {
    const stop = ({ done }: WarmProgress) => {
      if (done === 1) {
        throw new Error('stop')
      }
    }
    for (const onProgress of [stop, async (progress: WarmProgress) => stop(progress)]) {
      let loads = 0
      const region = setUp().region('r', { load: async () => ++loads })
      const error = await region.warm(ids(100), { concurrency: 2, onProgress }).catch((reason: unknown) => reason)
      expect(error).to.have.property('message', 'stop')
      await new Promise(setImmediate)
      expect(loads).to.be.within(1, 4)
    }
  })

  it('of nothing is done at once', async () => {
    const region = setUp().region('r', { load: async (id) => id })
    expect(await region.warm([], { onProgress: () => expect.fail('called') })).to.deep.equal({
      total: 0,
      failures: new Map(),
    })
  })

  it('refuses what is no id and no option by rejecting', async () => {
    const region = setUp().region('r', { load: async (id) => id })
    const bad = [
      [region.warm('abc' as never), 'ids must be an array'],
      [region.warm([1] as never), 'each id must be a string'],
      [region.warm([], { concurrency: 0 }), 'concurrency must be a whole number from 1 to 10000'],
      [region.warm([], { concurrency: 1.5 }), 'concurrency must be'],
      [region.warm([], { onProgress: 1 } as never), 'onProgress must be a function'],
      [region.warm([], { concurency: 1 } as never), 'options of warm must be options among concurrency, onProgress'],
    ] as const
    for (const [call, message] of bad) {
      const error = await call.catch((reason: unknown) => reason)
      expect(error, message).to.be.instanceOf(InvalidArgumentError)
      expect(error).to.have.property('message').that.includes(message)
    }
  })
})
