import { expect } from 'chai'
import { describe, it } from 'mocha'
import { LoadBatch } from './load-batch.ts'
import { Loader } from './loader.ts'
import { resolveRegion } from './resolve-region.ts'

describe('A batch of loads', () => {
  function setUp() {
    const calls: (readonly string[])[] = []
    const region = resolveRegion<string>({
      load: (id) => id,
      loadMany: (ids) => {
        calls.push(ids)
        return new Map(ids.map((id) => [id, `value of ${id}`]))
      },
    })
    const batch = new LoadBatch(new Loader('r', region, () => 0))
    const seat = (id: string) => {
      const taken = batch.seat(id)
      if (!taken) throw new Error('No seat')
      return taken
    }
    return { batch, seat, calls }
  }

  it('departs when it is sealed and the last seat has decided, and not before', async () => {
    const { batch, seat, calls } = setUp()
    const [a, b, c] = [seat('a'), seat('b'), seat('c')]
    const loading = [a.load()]
    b.leave()
    loading.push(c.load())
    expect(calls).to.deep.equal([])
    batch.seal()
    expect((await Promise.all(loading)).map(({ value }) => value)).to.deep.equal(['value of a', 'value of c'])
    expect(calls).to.deep.equal([['a', 'c']])
  })

  it('departs with the last one to decide, where that is after the seal', async () => {
    const { batch, seat, calls } = setUp()
    const [a, b] = [seat('a'), seat('b')]
    batch.seal()
    const loading = a.load()
    expect(calls).to.deep.equal([])
    b.leave()
    await loading
    expect(calls).to.deep.equal([['a']])
  })

  it('may be left any number of times, also after a load, and waits for the others all the same', async () => {
    const { batch, seat, calls } = setUp()
    const [a, b, c] = [seat('a'), seat('b'), seat('c')]
    batch.seal()
    const loading = [a.load()]
    a.leave()
    b.leave()
    b.leave()
    expect(calls).to.deep.equal([])
    loading.push(c.load())
    await Promise.all(loading)
    expect(calls).to.deep.equal([['a', 'c']])
  })

  it('has no seat once it is sealed, and calls nobody for nobody', async () => {
    const { batch, seat, calls } = setUp()
    seat('a').leave()
    batch.seal()
    expect(batch.seat('b')).to.equal(undefined)
    expect(calls).to.deep.equal([])
  })
})
