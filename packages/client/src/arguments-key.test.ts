import { isDeepStrictEqual } from 'node:util'
import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { keyOfArguments } from './arguments-key.ts'
import { InvalidArgumentError } from './index.ts'

const plain = fc.anything({
  maxDepth: 4,
  withBigInt: true,
  withDate: true,
  withSparseArray: true,
  withNullPrototype: true,
  withUnicodeString: true,
})

/** What two arguments have in common if they are equal by the rule. */
function canonical(value: unknown): unknown {
  if (typeof value === 'number') {
    return value === 0 ? 0 : value
  }
  if (Array.isArray(value)) {
    return Array.from(value, canonical)
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) {
    return value
  }
  const properties = Object.entries(value).filter(([, property]) => property !== undefined)
  return new Map(properties.map(([name, property]) => [name, canonical(property)]))
}

function withoutTail(args: readonly unknown[]): unknown[] {
  const rest = [...args]
  while (rest.length > 0 && rest.at(-1) === undefined) {
    rest.pop()
  }
  return rest
}

/** The same data, built again, with the properties of objects in reverse. */
function rebuilt(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(rebuilt)
  }
  if (value instanceof Date) {
    return new Date(value)
  }
  if (typeof value !== 'object' || value === null) {
    return value
  }
  const properties = Object.entries(value).reverse()
  return Object.fromEntries([...properties.map(([name, property]) => [name, rebuilt(property)])])
}

describe('The key of arguments', () => {
  it('is the same for equal arguments, however their objects were built', () => {
    fc.assert(
      fc.property(fc.array(plain, { maxLength: 4 }), (args) => {
        expect(keyOfArguments(args.map(rebuilt))).to.equal(keyOfArguments(args))
        expect(keyOfArguments([...args, undefined])).to.equal(keyOfArguments(args))
      }),
      { numRuns: 500 },
    )
  })

  it('is another one for other arguments', () => {
    // Small and alike, so that many are nearly the same.
    const alike = fc.anything({
      maxDepth: 2,
      maxKeys: 2,
      withBigInt: true,
      withSparseArray: true,
      key: fc.constantFrom('a', 'b', '"', ','),
      values: [fc.constantFrom('', 'a', '1', ',', '"', '[]', 'null'), fc.constantFrom(0, 1, 1n, null, undefined, true)],
    })
    const args = fc.array(alike, { maxLength: 3 })
    fc.assert(
      fc.property(args, args, (some, others) => {
        const equal = isDeepStrictEqual(withoutTail(some.map(canonical)), withoutTail(others.map(canonical)))
        expect(keyOfArguments(some) === keyOfArguments(others)).to.equal(equal)
      }),
      { numRuns: 5_000 },
    )
  })

  it('tells apart what is easily confused', () => {
    const lists: unknown[][] = [
      [],
      [null],
      [undefined, 1],
      [''],
      ['undefined', 1],
      [0],
      ['0'],
      [0n],
      ['0n'],
      [Number.NaN],
      ['NaN'],
      [false],
      ['a,b'],
      ['a', 'b'],
      [['a', 'b']],
      [['a'], 'b'],
      [[]],
      [[undefined]],
      [[[]]],
      [{}],
      [{ a: 1 }],
      [{ a: '1' }],
      [{ a: { b: 1 } }],
      [{ a: {}, b: 1 }],
      [new Date(0)],
      ['Date(0)'],
      [new Date(Number.NaN)],
      ['\ud800'],
      ['\\ud800'],
      ['\ufffd'],
      [JSON.parse('{"__proto__":1}')],
    ]
    expect(new Set(lists.map(keyOfArguments)).size).to.equal(lists.length)
  })

  it('takes minus zero for zero, a hole for undefined and an undefined property for none', () => {
    const pairs: readonly (readonly [unknown, unknown])[] = [
      [-0, 0],
      [[-0], [0]],
      [new Array(1), [undefined]],
      [{ a: undefined }, {}],
      [Object.create(null), {}],
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
    ]
    for (const [one, other] of pairs) {
      expect(keyOfArguments([one])).to.equal(keyOfArguments([other]))
    }
    expect(keyOfArguments([new Array(1)])).not.to.equal(keyOfArguments([[]]))
  })

  it('is a valid id, however long or ill-formed the arguments', () => {
    const long = keyOfArguments(['x'.repeat(1_000_000)])
    expect(long).to.match(/^sha256:[0-9a-f]{64}$/)
    expect(keyOfArguments([`${'x'.repeat(999_999)}y`])).not.to.equal(long)
    expect(keyOfArguments(['\u{10ffff}'.repeat(127)]).length).to.equal(256)
    expect(keyOfArguments(['\ud800']).isWellFormed()).to.equal(true)
    // As long as a digest is cut off from, and one more.
    expect(keyOfArguments(['x'.repeat(254)])).to.equal(`"${'x'.repeat(254)}"`)
    expect(keyOfArguments(['x'.repeat(255)])).to.match(/^sha256:/)
  })

  it('is refused for what has no value to go by, and the error says where it is', () => {
    class Point {
      x = 1
    }
    const circular: unknown[] = []
    circular.push(circular)
    const bad: readonly (readonly [unknown, string])[] = [
      [() => 1, 'argument 2 must be plain data; give `key` for others'],
      [Symbol('s'), 'argument 2 must be plain data'],
      [new Point(), 'argument 2 must be plain data; give `key` for instances of classes'],
      [new Map(), 'argument 2 must be plain data'],
      [/a/, 'argument 2 must be plain data'],
      [Buffer.from('a'), 'argument 2 must be plain data'],
      [Object(1), 'argument 2 must be plain data'],
      [{ a: [0, { b: new Point() }] }, 'argument 2.a[1].b must be plain data'],
      [{ [Symbol('s')]: 1 }, 'argument 2 must be plain data; give `key` for what has symbols for names'],
      [circular, 'nested 32 deep at most'],
    ]
    for (const [argument, message] of bad) {
      expect(() => keyOfArguments(['first', argument])).to.throw(InvalidArgumentError, message)
    }
  })
})
