import { createHash } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { valueKey } from './names.ts'
import { ServerRing } from './server-ring.ts'

const KEYS = Array.from({ length: 5_000 }, (_, n) => valueKey('shop', 'product', `${n}`))
const named = (count: number) => Array.from({ length: count }, (_, n) => `server-${n}`)

/** As services in other languages would say it: the rule of libketama for servers of one weight, in its own words. */
function byKetama(names: readonly string[], key: string): string {
  const digest = (text: string) => createHash('md5').update(text).digest()
  const points = names.flatMap((name) =>
    Array.from({ length: 40 }, (_, n) => digest(`${name}-${n}`)).flatMap((bytes) =>
      [0, 4, 8, 12].map((at): [number, string] => [bytes.readUInt32LE(at), name]),
    ),
  )
  const place = digest(key).readUInt32LE(0)
  points.sort(([a], [b]) => a - b)
  return (points.find(([point]) => point >= place) ?? points[0] ?? [0, ''])[1]
}

describe('ServerRing', () => {
  it('says of each key what libketama says', () => {
    for (const count of [1, 3, 7]) {
      const names = named(count)
      const ring = new ServerRing(names)
      for (const key of KEYS.slice(0, 300)) {
        expect(ring.serverOf(key)).to.equal(byKetama(names, key))
      }
    }
  })

  it('says so for ever: a release that moved a key would look for its value in vain', () => {
    const ring = new ServerRing(['one', 'two', 'three'])
    const servers = ['1', '2', '3', '42', 'ключ', ''].map((id) => ring.serverOf(valueKey('shop', 'product', id)))
    expect(servers).to.deep.equal(['three', 'one', 'one', 'two', 'one', 'two'])
  })

  it('does not depend on the order of the names, and has room for any name', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/)
    const names = fc.uniqueArray(fc.oneof(name, fc.constantFrom('constructor', '10', '9', 'a.b', 'x-1')), {
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(names, fc.oneof(fc.string(), fc.constant('__proto__')), (some, key) => {
        const [ring, other] = [new ServerRing(some), new ServerRing(some.toReversed())]
        expect(some).to.include(ring.serverOf(key))
        expect(other.serverOf(key)).to.equal(ring.serverOf(key))
        expect(Object.keys(Object.prototype)).to.deep.equal([])
      }),
      { numRuns: 50 },
    )
  })

  it('gives each server about its share', () => {
    for (const count of [2, 3, 5, 8]) {
      const ring = new ServerRing(named(count))
      for (const name of named(count)) {
        const share = KEYS.filter((key) => ring.serverOf(key) === name).length / KEYS.length
        expect(share * count, `${name} of ${count}`).to.be.within(0.75, 1.25)
      }
    }
  })

  it('moves about the share of a server that is added, to it and nowhere else', () => {
    for (const count of [2, 3, 6, 8]) {
      const [before, after] = [new ServerRing(named(count)), new ServerRing(named(count + 1))]
      const moved = KEYS.filter((key) => before.serverOf(key) !== after.serverOf(key))
      expect(new Set(moved.map((key) => after.serverOf(key)))).to.deep.equal(new Set([`server-${count}`]))
      expect((moved.length / KEYS.length) * (count + 1), `${count} and one`).to.be.within(0.75, 1.25)
    }
  })
})
