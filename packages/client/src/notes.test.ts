import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { ENTRIES, MAP, NEGATIVE_ZERO, restore, SET, UTF16 } from './notes.ts'

describe('A note', () => {
  it('restores what it is about, an inner one first', () => {
    const data = { a: [[['k', [0]]], 1] }
    const notes = [NEGATIVE_ZERO, ['a', 0, 0, 1, 0], MAP, ['a', 0, 0], SET, ['a', 0], SET, ['a']]
    expect(restore(data, notes)).to.deep.equal({ a: new Set([new Set([new Map([['k', [-0]]])]), 1]) })
    expect(restore(0, [NEGATIVE_ZERO, []])).to.equal(-0)
  })

  it('that does not fit is refused', () => {
    const misfits: readonly (readonly [data: unknown, notes: readonly unknown[]])[] = [
      [[], [MAP]],
      [[], [MAP, null]],
      [[], [MAP, 'a']],
      [[], [9, []]],
      [[], ['1', []]],
      [[1], [MAP, []]],
      [{}, [MAP, []]],
      [{}, [SET, []]],
      [new Set(), [SET, []]],
      [1, [NEGATIVE_ZERO, []]],
      [['a'], [ENTRIES, []]],
      [
        [1, 1],
        [ENTRIES, []],
      ],
      ['text', [UTF16, []]],
      [Uint8Array.from([1, 2]), [UTF16, []]],
      [{ a: 0 }, [NEGATIVE_ZERO, ['b']]],
      [{ a: 0 }, [NEGATIVE_ZERO, ['toString']]],
      [Object.create({ a: 0 }), [NEGATIVE_ZERO, ['a']]],
      [{ a: 0 }, [NEGATIVE_ZERO, ['__proto__', 'a']]],
      [{ 0: 0 }, [NEGATIVE_ZERO, [0]]],
      [[0], [NEGATIVE_ZERO, ['0']]],
      [[0], [NEGATIVE_ZERO, ['length']]],
      [[0], [NEGATIVE_ZERO, [0.5]]],
      [[0], [NEGATIVE_ZERO, [[0]]]],
      [[0], [NEGATIVE_ZERO, [-1]]],
      [0, [NEGATIVE_ZERO, [0]]],
      [null, [NEGATIVE_ZERO, ['a']]],
    ]
    for (const [n, [data, notes]] of misfits.entries()) {
      expect(() => restore(data, notes), `${n}`).to.throw(Error, /note|key/)
    }
  })

  it('gives no object another prototype, and changes none that others have', () => {
    const pairs = ['__proto__', { polluted: true }, 'constructor', { prototype: { polluted: true } }]
    const restored = restore(pairs, [ENTRIES, []])
    expect(Object.getPrototypeOf(restored)).to.equal(Object.prototype)
    expect(restored).not.to.have.property('polluted')
    const deep = restore({ a: ['__proto__', [0]] }, [ENTRIES, ['a'], NEGATIVE_ZERO, ['a', '__proto__', 0]])
    expect(Object.getPrototypeOf(deep)).to.equal(Object.prototype)
    expect(Object.hasOwn(Object.prototype, 'polluted')).to.equal(false)
    for (const path of [['__proto__', 'x'], ['constructor', 'prototype', 'x'], ['__proto__']]) {
      expect(() => restore({ a: 0 }, [NEGATIVE_ZERO, path])).to.throw(Error)
    }
  })

  it('is refused or restores something, whatever the notes are, and changes nothing but its data', () => {
    const kinds = fc.constantFrom<unknown>(NEGATIVE_ZERO, MAP, SET, ENTRIES, UTF16, 5, null)
    const steps = fc.constantFrom<unknown>('a', 'b', '__proto__', 'constructor', 'length', 0, 1, -1, null)
    const notes = fc.array(fc.tuple(kinds, fc.array(steps, { maxLength: 4 })), { maxLength: 6 })
    fc.assert(
      fc.property(notes, (list) => {
        try {
          restore({ a: [0, ['a', 0, 'b', [0]]], b: { a: ['__proto__', {}] } }, list.flat(1))
        } catch (error) {
          expect(error)
            .to.have.property('message')
            .that.matches(/note|key/)
        }
        expect(Object.keys(Object.prototype).concat(Object.keys(Array.prototype))).to.deep.equal([])
      }),
      { numRuns: 2_000 },
    )
  })
})
