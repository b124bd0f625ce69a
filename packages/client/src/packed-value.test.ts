import { inspect, isDeepStrictEqual } from 'node:util'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { pack, unpack } from './msgpack-codec.ts'
import { UTF16 } from './notes.ts'
import { packValue, unpackValue } from './packed-value.ts'

/** As it is after the way through Redis, where it stands amid other bytes. */
function sent(value: unknown): unknown {
  const bytes = packValue(value)
  return unpackValue(Buffer.concat([Buffer.alloc(3), bytes, Buffer.alloc(5)]).subarray(3, 3 + bytes.length))
}

/** With -0, NaN, prototypes, holes and undefined keys told apart. */
function expectSame(value: unknown): void {
  const back = sent(value)
  expect(isDeepStrictEqual(back, value), `${inspect(value, { depth: 9 })} came back as ${inspect(back)}`).to.equal(true)
}

function refusalOf(value: unknown): string {
  try {
    packValue(value)
  } catch (error) {
    return error instanceof Error ? error.message.replace('; give the region a codec', '') : ''
  }
  throw new Error('It was packed')
}

const bytes = Uint8Array.from({ length: 24 }, (_, n) => n * 11)
const views = [
  ...[new Int8Array(bytes), new Uint8Array(bytes), new Uint8ClampedArray(bytes), new DataView(bytes.buffer, 1, 9)],
  ...[new Int16Array(bytes.buffer), new Uint16Array(bytes.buffer, 2, 3), new Int32Array(bytes.buffer)],
  ...[new Uint32Array(bytes.buffer), new Float32Array(bytes.buffer), new Float64Array([-0, Number.NaN, 0.1])],
  ...[new BigInt64Array(bytes.buffer), new BigUint64Array(bytes.buffer)],
]

const SAMPLES: Readonly<Record<string, unknown>> = {
  'undefined, null and falsy values, apart': [undefined, null, '', 0, false, 0n, Number.NaN, [], {}],
  'undefined and null within objects': { a: undefined, b: null, c: { d: null, e: undefined } },
  'numbers at the edges': [
    2 ** 53,
    -(2 ** 53),
    2 ** 32,
    -(2 ** 31) - 1,
    0.1,
    5e-324,
    1.7e308,
    Number.NEGATIVE_INFINITY,
  ],
  '-0, wherever it stands': [-0, { a: -0 }, [[-0]], new Map([['x', -0]]), { b: [1, { c: -0 }, 0] }],
  'large integers': [5n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n - 1n, 2n ** 64n, -(2n ** 200n), 2n ** 70_000n],
  times: [0, -1, 1.7e12, 1_700_000_000_123, 8.64e15, -8.64e15].map((ms) => new Date(ms)),
  'a Buffer and a Uint8Array, apart': [Buffer.from('text'), Buffer.alloc(0), Uint8Array.from([1, 2])],
  'views and buffers of bytes': [bytes.buffer, ...views],
  'a Map with any keys': new Map<unknown, unknown>([
    ['a', 1],
    [1, 'number'],
    ['1', 'text'],
    [{ deep: [-0] }, new Map([[null, undefined]])],
    [Number.NaN, new Set([new Set()])],
  ]),
  'a Map and an object, apart': [new Map([['a', 1]]), { a: 1 }, new Map(), {}],
  'a Set of anything': new Set<unknown>([1, '1', null, undefined, { a: new Set([{ b: -0 }]) }, [new Map()]]),
  'names that mean something to objects': [
    JSON.parse('{"__proto__": {"a": 1}, "b": 2}'),
    JSON.parse('{"constructor": 1, "toJSON": 2, "hasOwnProperty": 3, "then": 4, "length": 5}'),
    { deep: [JSON.parse('{"x": [{"__proto__": {"__proto__": [1]}}]}')] },
  ],
  'texts that are not well-formed, or begin with a byte order mark': {
    high: '\ud800',
    low: ['a\udc00b'.repeat(40)],
    mark: `\ufeff${'x'.repeat(100)}`,
    wide: `\ufeff${'ключ'.repeat(100)}`,
    '\ud800': { '\ufeffkey': [{ '\udc00': -0 }] },
  },
  'long texts': ['x'.repeat(70_000), 'ü'.repeat(300), '\u{1F511}'.repeat(40)],
}

describe('A packed value', () => {
  for (const [what, value] of Object.entries(SAMPLES)) {
    it(`comes back as it was: ${what}`, () => {
      expectSame(value)
      for (const inner of value instanceof Map || value instanceof Set
        ? value.values()
        : Object.values(Object(value))) {
        expectSame(inner)
      }
    })
  }

  it('comes back as it was, whatever it is made of, and is not changed by being packed', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 90 }),
      fc.constantFrom('\ud83d', '\ufeff', '__proto__'),
    )
    const anything = fc.anything({
      key: text,
      values: [
        ...[fc.boolean(), fc.integer(), fc.double(), fc.bigInt(), text, fc.date({ noInvalidDate: true })],
        ...[fc.constantFrom(null, undefined, -0), fc.uint8Array().map((array) => Buffer.from(array))],
      ],
      withMap: true,
      withSet: true,
      withTypedArray: true,
      maxDepth: 4,
    })
    fc.assert(
      fc.property(anything, (value) => {
        const before = structuredClone(value)
        expectSame(value)
        expect(isDeepStrictEqual(structuredClone(value), before), 'unchanged').to.equal(true)
      }),
      { numRuns: 500 },
    )
  })

  it('comes back as it was with more keys than 16 bits count, and with a time that is none', () => {
    expectSame(Object.fromEntries(Array.from({ length: 70_000 }, (_, n) => [`key ${n}`, n])))
    expect(sent(new Date(Number.NaN)))
      .to.be.instanceOf(Date)
      .and.satisfies((date: Date) => Number.isNaN(date.getTime()))
  })

  it('is plain MessagePack in a list of one, as any encoder would write it, where that loses nothing', () => {
    const value = { id: 'a', price: 1.5, tags: ['x'], more: { none: null } }
    expect(Buffer.from(packValue(value)).toString('hex')).to.equal(`91${Buffer.from(pack(value)).toString('hex')}`)
  })

  it('does not rely on a decoder to keep a byte order mark, or half of a pair', () => {
    for (const text of ['\ufeffx', 'x\ud800']) {
      expect(unpack(packValue(text))).to.deep.equal([Buffer.from(text, 'utf16le'), [UTF16, []]])
    }
  })

  it('never contains itself, whatever the bytes say', () => {
    // An array under the reference 1, and in it that reference.
    expect(() => unpackValue(Buffer.from('91d6690000000191d67000000001', 'hex'))).to.throw(Error)
  })

  it('shares no memory with the bytes it came in', () => {
    const packed = Buffer.from(packValue([Buffer.from('text'), Uint8Array.from([1])]))
    const back = unpackValue(packed)
    packed.fill(0)
    expect(back).to.deep.equal([Buffer.from('text'), Uint8Array.from([1])])
  })

  it('comes back in its ordinary form: without holes, shared parts, own prototypes and what is not enumerable', () => {
    const part = { a: 1 }
    const bare = Object.assign(Object.create(null), { part })
    const hidden = Object.defineProperty({ b: 1, [Symbol('c')]: 1 }, 'd', { value: 1 })
    const accessor = {
      get e() {
        return [part]
      },
    }
    const sparse = [1]
    sparse[2] = 3
    expect(
      isDeepStrictEqual(sent([sparse, bare, part, hidden, accessor]), [
        [1, undefined, 3],
        { part: { a: 1 } },
        { a: 1 },
        { b: 1 },
        { e: [{ a: 1 }] },
      ]),
    ).to.equal(true)
  })

  it('may be of another realm, as test runners have them', () => {
    const foreign = runInNewContext('({ a: [1, { b: [] }], c: {} })')
    expect(isDeepStrictEqual(sent(foreign), { a: [1, { b: [] }], c: {} })).to.equal(true)
  })
})

class Address {
  readonly city = 'Berlin'
}

describe('A value that would not come back as it was', () => {
  const cyclic: { list: unknown[]; map: Map<string, unknown> } = { list: [], map: new Map() }
  cyclic.list.push({ up: cyclic.list })
  let deep: unknown = 1
  for (let levels = 0; levels <= 256; levels += 1) {
    deep = [deep]
  }
  const cases: readonly (readonly [value: unknown, refusal: string])[] = [
    [new Address(), 'value is an instance of Address'],
    [{ owner: { address: new Address() } }, 'value.owner.address is an instance of Address'],
    [[1, [new Address()]], 'value[1][0] is an instance of Address'],
    [{ 'a b': { 0: new Address() } }, 'value["a b"]["0"] is an instance of Address'],
    [new Map([['k', [new Address()]]]), 'value.get("k")[0] is an instance of Address'],
    [new Map([[{}, { f: Symbol('f') }]]), 'value.get(key 0).f is a symbol'],
    [new Map([[{ a: new Address() }, 1]]), 'value > key 0.a is an instance of Address'],
    [new Set([1, { a: () => 1 }]), 'value > member 1.a is a function'],
    [
      JSON.parse('{"a": 1, "__proto__": {"b": 1}}', (key, value) => (key === 'b' ? Symbol(key) : value)),
      'value.get("__proto__").b is a symbol',
    ],
    [() => 1, 'value is a function'],
    [class Hidden {}, 'value is a function'],
    [{ when: new (class Stamp extends Date {})() }, 'value.when is an instance of Stamp'],
    [new (class extends Map {})(), 'value is an instance of a class without a name'],
    [new (class Row extends Array {})(), 'value is an instance of Row'],
    [Object.create({ inherited: 1 }), 'value is an instance of Object'],
    [{ url: new URL('http://localhost') }, 'value.url is an instance of URL'],
    [[/x/], 'value[0] is an instance of RegExp'],
    [{ cause: new TypeError('x') }, 'value.cause is an instance of TypeError'],
    [Object(1), 'value is an instance of Number'],
    [[Promise.resolve()], 'value[0] is an instance of Promise'],
    [new SharedArrayBuffer(1), 'value is an instance of SharedArrayBuffer'],
    [cyclic, 'value.list[0].up contains itself'],
    [deep, 'value[0][0][0][0] is nested more than 256 levels deep'],
  ]

  for (const [value, refusal] of cases) {
    it(`is refused: ${refusal}`, () => {
      expect(refusalOf(value)).to.equal(refusal)
    })
  }

  it('is not refused for one level less', () => {
    expectSame(Array.isArray(deep) ? deep[0] : undefined)
  })
})
