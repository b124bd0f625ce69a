import { leaseKey, valueKey } from '@rescind/bus'
import { Closing, eventually, startProxy } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { HeldSaves } from './fixtures/held-saves.ts'
import { RegionNode } from './fixtures/region-node.ts'
import { type ValuePlace, valuePlaces } from './fixtures/value-places.ts'

const ids = ['', '{', 'a{b}c', '%', ...Array.from({ length: 20 }, (_, n) => `id-${n}`)]

for (const [where, start] of Object.entries(valuePlaces)) {
  describe(`A write-through of values that stand ${where}`, function () {
    this.timeout(40_000)
    const closing = new Closing()
    let place: ValuePlace
    let source: Map<string, string>
    let name: string
    let runs = 0

    before(async () => {
      place = await start()
    })
    beforeEach(() => {
      runs += 1
      name = `test-${runs}`
      source = new Map()
    })
    afterEach(() => closing.all())
    after(() => place.close())

    async function join(more: Partial<ValuePlace['options']> = {}) {
      const saves = new HeldSaves<string>()
      const { node, region } = closing.add(
        await new RegionNode<string>(
          { name, ...place.options, ...more },
          { load: (id) => source.get(id) ?? 'old', save: saves.save, tags: (_, id) => [`tag of ${id}`] },
        ).start(),
      )
      /** Begins to set a value, and commits it. */
      const commit = async (id: string, value: string) => {
        const coming = saves.next()
        const written = region.set(id, value)
        const save = await coming
        source.set(id, value)
        return { written, save }
      }
      return { node, region, commit }
    }
    type Joined = Awaited<ReturnType<typeof join>>

    /** Which of value and lease stand where they belong. */
    async function standing(id: string): Promise<string[]> {
      const server = await place.serverOf(valueKey(name, 'r', id))
      const found = await Promise.all([
        server.command('EXISTS', valueKey(name, 'r', id)),
        server.command('EXISTS', leaseKey(name, 'r', id)),
      ])
      return ['value', 'lease'].filter((_, n) => found[n] === 1)
    }

    async function quiet(...joined: Joined[]): Promise<void> {
      await Promise.all(joined.map(({ node }) => node.errands.drain()))
      const heard = () => new Set(joined.map(({ node }) => node.bus.position?.seq))
      await eventually(() => expect(heard().size).to.equal(1))
    }

    it('removes the old one, spares its own lease, and puts the new one under it, whatever the id', async () => {
      const [own, other] = [await join(), await join()]
      await other.region.getMany(ids)
      await quiet(own, other)
      for (const id of ids) {
        expect(await standing(id)).to.deep.equal(['value'])
        const { written, save } = await own.commit(id, 'new')
        expect(await standing(id)).to.deep.equal(['value', 'lease'])
        save.resolve()
        await written
        expect(own.region.peek(id)).to.equal('new')
      }
      await quiet(own, other)
      const loads = other.region.stats.loads
      for (const id of ids) {
        expect(await standing(id)).to.deep.equal(['value'])
        expect(other.region.peek(id)).to.equal(undefined)
        expect(await other.region.get(id)).to.equal('new')
      }
      expect(other.region.stats.loads).to.equal(loads)
      expect(own.region.stats).to.include({ saves: ids.length, savesUncached: 0, loads: 0 })
    })

    it('stores nothing where another process invalidates or writes the key meanwhile', async () => {
      const [own, other] = [await join(), await join()]
      for (const id of ids.slice(0, 6)) {
        const first = await own.commit(id, 'new')
        source.set(id, 'newest')
        await other.region.invalidate(id)
        expect(await standing(id)).to.deep.equal([])
        first.save.resolve()
        await first.written
        await quiet(own, other)
        expect(await standing(id)).to.deep.equal([])
        expect(await own.region.get(id)).to.equal('newest')
        const [third, fourth] = [await own.commit(id, 'third'), await other.commit(id, 'fourth')]
        fourth.save.resolve()
        await fourth.written
        third.save.resolve()
        await third.written
        await quiet(own, other)
        expect(await standing(id)).to.deep.equal([])
        expect([await own.region.get(id), await other.region.get(id)]).to.deep.equal(['fourth', 'fourth'])
      }
    })

    it('stores nothing under a lease of an earlier incarnation of its server', async () => {
      const [own, other] = [await join(), await join()]
      const id = await elsewhere()
      const { written, save } = await own.commit(id, 'new')
      // What a promotion does, less the loss of data: a removal of the lease may be among what was lost.
      await (await place.serverOf(valueKey(name, 'r', id))).command('DEBUG', 'CHANGE-REPL-ID')
      save.resolve()
      await written
      await quiet(own, other)
      expect(await standing(id)).not.to.include('value')
      expect(own.region.stats).to.include({ saves: 1, savesUncached: 1 })
      expect(await other.region.get(id)).to.equal('new')
    })

    if (where === 'on servers of values') {
      it('stores nothing where a later commit has removed the value before, and is announced after it', async () => {
        const { hostname: host, port } = new URL(String(place.options.redis))
        const proxy = closing.add(await startProxy({ host, port: Number(port) }))
        const [own, other] = [await join(), await join({ redis: proxy.url })]
        const first = await own.commit('a', 'new')
        source.set('a', 'newest')
        proxy.stall('upstream')
        const invalidated = other.region.invalidate('a')
        await eventually(async () => expect(await standing('a')).to.deep.equal([]))
        first.save.resolve()
        await first.written
        await own.node.errands.drain()
        proxy.heal()
        await invalidated
        await quiet(own, other)
        expect(await standing('a')).to.deep.equal([])
        expect([await own.region.get('a'), await other.region.get('a')]).to.deep.equal(['newest', 'newest'])
      })
    }

    /** An id whose value is not where the log is. */
    async function elsewhere(): Promise<string> {
      const home = await place.serverOf(`{${name}}:log`)
      for (let n = 0; ; n += 1) {
        if ((await place.serverOf(valueKey(name, 'r', `id-${n}`))) !== home) return `id-${n}`
      }
    }
  })
}
