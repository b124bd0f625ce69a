import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { LruStore } from './lru-store.ts'

/** A new string each time, as a caller builds it. Several end alike. */
const keyOf = (id: number) => ['', `${id}`, `key ${id % 12}`][id % 3] ?? ''
const step = fc.tuple(fc.constantFrom('get', 'get', 'set', 'delete'), fc.nat(40))

describe('LruStore', () => {
  it('answers as a Map does, whatever was read, set and deleted before', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const store = new LruStore<{ readonly key: string }>()
        const model = new Map<string, { readonly key: string }>()
        for (const [what, id] of steps) {
          const key = keyOf(id)
          if (what === 'delete') {
            expect(store.delete(key)).to.equal(model.delete(key))
          } else if (what === 'set') {
            const entry = { key }
            store.set(key, entry)
            model.set(key, entry)
          }
          expect(store.get(keyOf(id))).to.equal(model.get(key))
          expect(store.size).to.equal(model.size)
        }
        expect([...store.entries()]).to.have.deep.members([...model])
      }),
    )
  })

  it('lets go of what was read last when it is deleted', () => {
    const store = new LruStore<{ readonly key: string }>()
    store.set('1', { key: '1' })
    store.get('1')
    store.get('21')
    expect(store.get('1')).to.deep.equal({ key: '1' })
    store.delete('1')
    expect(store.get('1')).to.equal(undefined)
  })

  it('holds nothing under what is no string', () => {
    const store = new LruStore<{ readonly key: string }>()
    store.set('1', { key: '1' })
    for (const key of [1, undefined, null, {}]) {
      expect(store.get(key as unknown as string)).to.equal(undefined)
    }
  })
})
