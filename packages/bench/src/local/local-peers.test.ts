import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { others, ours } from './all-local-peers.ts'
import { keepInCacheableMemory } from './cacheable-memory.ts'
import { itemOf, keyOf } from './item.ts'
import { keepInMap } from './map.ts'

const steps = fc.array(fc.tuple(fc.nat(9), fc.nat(14)), { maxLength: 80 })

for (const peer of [ours, ...others]) {
  describe(`${peer.name}, as a local peer`, () => {
    it('never holds more than its bound, whatever is read, put and dropped', () => {
      fc.assert(
        fc.property(steps, fc.integer({ min: 1, max: 9 }), (list, capacity) => {
          const cache = peer.bounded(capacity)
          for (const [step, id] of list) {
            if (step === 0) cache.delete(keyOf(id))
            else if (!cache.get(keyOf(id))) cache.set(keyOf(id), itemOf(id))
            expect(cache.size).to.be.at.most(capacity)
          }
        }),
      )
    })

    it('holds as many as its bound allows at some time, but for an even one of two generations', () => {
      for (const capacity of [1, 7, 8]) {
        const cache = peer.bounded(capacity)
        let most = 0
        for (let id = 0; id < 100; id++) {
          cache.set(keyOf(id), itemOf(id))
          most = Math.max(most, cache.size)
        }
        expect(most).to.be.at.least(capacity % 2 === 0 ? capacity - 1 : capacity)
      }
    })

    it('keeps all that it is to keep, however often which are read', () => {
      const cache = peer.keeping(100)
      for (let id = 0; id < 100; id++) cache.set(keyOf(id), itemOf(id))
      for (let n = 0; n < 1_000; n++) expect(cache.get(keyOf((n * n) % 50))?.id).to.equal((n * n) % 50)
      for (let id = 0; id < 100; id++) expect(cache.get(keyOf(id))?.id).to.equal(id)
      expect(cache.size).to.equal(100)
    })

    it('does not answer with what was dropped', () => {
      for (const cache of [peer.bounded(10), peer.keeping(10), keepInMap(), keepInCacheableMemory(10)]) {
        for (let turn = 0; turn < 3; turn++) {
          cache.set('a', itemOf(turn))
          expect(cache.get('a')?.id).to.equal(turn)
          cache.delete('a')
          expect(cache.get('a')).to.equal(undefined)
        }
      }
    })
  })
}
