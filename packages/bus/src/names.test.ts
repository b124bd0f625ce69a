import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { busNames, leaseKey, parseValueKey, valueKey } from './names.ts'

/** What Redis Cluster hashes: what stands between the first `{` and the next `}`, if that is not empty. */
function hashTag(key: string): string {
  const start = key.indexOf('{')
  const end = key.indexOf('}', start + 1)
  return start >= 0 && end > start + 1 ? key.slice(start + 1, end) : key
}

const id = fc.string({ unit: fc.constantFrom('a', '1', '{', '}', '%', ':', '7', 'B', 'ключ') })

describe('The names in Redis', () => {
  it('of a bus are these, in one slot', () => {
    const names = busNames('shop')
    expect(names).to.deep.equal({
      log: '{shop}:log',
      meta: '{shop}:meta',
      tags: '{shop}:tags',
      channel: '{shop}:messages',
      wakes: '{shop}:wakes',
    })
    expect(new Set(Object.values(names).map(hashTag))).to.deep.equal(new Set(['shop']))
  })

  it('of a value and its lease are these', () => {
    expect(valueKey('shop', 'product', '42')).to.equal('shop:product:{42}')
    expect(leaseKey('shop', 'product', '42')).to.equal('shop:product:{42}:lease')
    expect(valueKey('shop', 'product', '')).to.equal('shop:product:{%}')
    expect(valueKey('shop', 'product', '%')).to.equal('shop:product:{%25}')
    expect(valueKey('shop', 'product', 'a}{b')).to.equal('shop:product:{a%7D%7Bb}')
  })

  it('put the lease of a key into the slot of its value, whatever the id', () => {
    fc.assert(fc.property(id, (text) => hashTag(leaseKey('n', 'r', text)) === hashTag(valueKey('n', 'r', text))))
  })

  it('of a value are read back, and nothing else is', () => {
    fc.assert(
      fc.property(id, (text) => {
        expect(parseValueKey('n', valueKey('n', 'r', text))).to.deep.equal({ region: 'r', id: text })
      }),
    )
    const strangers = [
      '',
      'n',
      'n:r:{}',
      'n:r:42',
      'm:r:{42}',
      'n:{42}',
      leaseKey('n', 'r', '42'),
      'n:r:{4{2}',
      'n:r:{42}\n',
    ]
    for (const key of strangers) {
      expect(parseValueKey('n', key), key).to.equal(undefined)
    }
  })

  it('are of one key only', () => {
    fc.assert(
      fc.property(id, id, (a, b) => {
        expect(valueKey('n', 'r', a) === valueKey('n', 'r', b)).to.equal(a === b)
        expect(valueKey('n', 'r', a)).not.to.equal(leaseKey('n', 'r', b))
      }),
    )
  })
})
