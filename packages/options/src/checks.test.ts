import { expect } from 'chai'
import { describe, it } from 'mocha'
import { InvalidArgumentError } from './invalid-argument-error.ts'
import { checkOptions } from './known-options.ts'
import { checkInteger, checkVersion } from './number.ts'
import { checkKey, checkName } from './text.ts'

describe('checkKey', () => {
  it('takes any well-formed string of up to 1 KiB, the empty one included', () => {
    for (const key of ['', '42', 'a{b}c', 'ключ', '\u0000', 'x'.repeat(1024)]) {
      expect(() => checkKey('key', key)).not.to.throw()
    }
  })

  it('counts bytes and not characters', () => {
    expect(() => checkKey('key', 'é'.repeat(513))).to.throw(InvalidArgumentError, /at most 1024 bytes/)
  })

  it('refuses a lone surrogate, which would collide with another key in UTF-8', () => {
    expect(() => checkKey('key', '\ud800')).to.throw(InvalidArgumentError, /well-formed/)
  })

  it('refuses what is no string and says what came', () => {
    expect(() => checkKey('key', 42)).to.throw(InvalidArgumentError, 'key must be a string; received the number 42')
  })
})

describe('checkName', () => {
  it('refuses what would break a Redis key or a hash tag', () => {
    for (const name of ['', 'a:b', '{a}', 'a b', '-a', 'x'.repeat(65), undefined]) {
      expect(() => checkName('name', name)).to.throw(InvalidArgumentError, /^name must be 1 to 64 letters/)
    }
    expect(() => checkName('name', 'shop-v1.eu_west')).not.to.throw()
  })
})

describe('checkInteger', () => {
  it('names the bounds', () => {
    expect(() => checkInteger('maxEntries', 0, 1, 10)).to.throw(
      'maxEntries must be a whole number from 1 to 10; received the number 0',
    )
    expect(() => checkInteger('maxEntries', 1.5, 1, 10)).to.throw(InvalidArgumentError)
  })
})

describe('checkVersion', () => {
  it('takes whole numbers of 63 bits, exactly or not at all', () => {
    for (const version of [0, 2 ** 53 - 1, 0n, 2n ** 63n - 1n]) {
      expect(() => checkVersion('version', version)).not.to.throw()
    }
    for (const version of [-1, 1.5, 2 ** 53, Number.NaN, -1n, 2n ** 63n, '1', undefined, null, new Date()]) {
      expect(() => checkVersion('version', version)).to.throw(
        InvalidArgumentError,
        /^version must be a whole number from 0 to 2\^63 - 1/,
      )
    }
  })
})

describe('checkOptions', () => {
  it('refuses a misspelt option and lists those there are', () => {
    expect(() => checkOptions('options of region', { tll: 1 }, ['load', 'ttl'])).to.throw(
      'options of region must be options among load, ttl; received the string "tll"',
    )
  })
})
