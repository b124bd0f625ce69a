import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { pack } from './msgpack-codec.ts'
import { MsgpackReader } from './msgpack-reader.ts'
import { decodeBroadcast } from './wire.ts'

const u32 = (number: number) => [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255]
const nils = (count: number) => new Array<number>(count).fill(0xc0)

/** The shortest value of each type that holds something, by the specification of MessagePack; none for some types. */
function sample(type: number): number[] | undefined {
  if (type < 0x80 || type >= 0xe0) return [type]
  if (type < 0x90) return [type, ...nils((type & 15) * 2)]
  if (type < 0xa0) return [type, ...nils(type & 15)]
  if (type < 0xc0) return [type, ...nils(type & 31)]
  const bodies: Record<number, number[]> = {
    192: [],
    194: [],
    195: [],
    196: [2, ...nils(2)],
    197: [0, 2, ...nils(2)],
    198: [...u32(2), ...nils(2)],
    202: nils(4),
    203: nils(8),
    204: nils(1),
    205: nils(2),
    206: nils(4),
    207: nils(8),
    208: nils(1),
    209: nils(2),
    210: nils(4),
    211: nils(8),
    217: [2, ...nils(2)],
    218: [0, 2, ...nils(2)],
    219: [...u32(2), ...nils(2)],
    220: [0, 2, ...nils(2)],
    221: [...u32(2), ...nils(2)],
    222: [0, 2, ...nils(4)],
    223: [...u32(2), ...nils(4)],
  }
  const body = bodies[type]
  return body && [type, ...body]
}

const types = Array.from({ length: 256 }, (_, type) => type)
/** 0xc1, which is never used, and the extensions. */
const unused = [193, 199, 200, 201, 212, 213, 214, 215, 216]

const anyValue = fc.letrec((tie) => ({
  value: fc.oneof(
    fc.constantFrom(null, true, false),
    fc.integer(),
    fc.double(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.string({ unit: 'binary' }),
    // Where a longer header begins.
    fc.constantFrom(31, 32, 255, 256, 65_535, 65_536).map((length) => 'x'.repeat(length)),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(fc.string(), tie('value')),
  ),
})).value

const read = (...bytes: number[]) => new MsgpackReader(Uint8Array.from(bytes)).read()
/** Of data and maps, of which nothing is read, an array tells whether they are whole. */
const isWhole = (bytes: Uint8Array) =>
  new MsgpackReader(Buffer.concat([Buffer.from([0x91]), bytes])).read() !== undefined

/** What is read of a value that was written. */
function asRead(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asRead)
  if (typeof value === 'bigint') return Number(value)
  // The encoder writes -0 as the integer.
  if (value === 0) return 0
  return typeof value === 'object' && value !== null ? undefined : value
}

describe('A reader of MessagePack', () => {
  it('reads what each type says', () => {
    const texts = [[0xa2], [0xd9, 2], [0xda, 0, 2], [0xdb, ...u32(2)]]
    for (const head of texts) expect(read(...head, 0xc3, 0xa9)).to.equal('é')
    const lists = [[0x92], [0xdc, 0, 2], [0xdd, ...u32(2)]]
    for (const head of lists) expect(read(...head, 7, 0x91, 0xc0)).to.deep.equal([7, [null]])
    expect([read(0xc0), read(0xc2), read(0xc3), read(0), read(0x7f)]).to.deep.equal([null, false, true, 0, 127])
    expect([read(0xe0), read(0xff), read(0xd0, 128), read(0xd1, 255, 254)]).to.deep.equal([-32, -1, -128, -2])
    expect([read(0xcc, 200), read(0xcd, 1, 2), read(0xce, ...u32(4e9))]).to.deep.equal([200, 258, 4e9])
    expect([read(0xd2, ...u32(-3)), read(0xd3, ...u32(-1), ...u32(-4))]).to.deep.equal([-3, -4])
    expect(read(0xcf, ...u32(2 ** 20), ...u32(1))).to.equal(2 ** 52 + 1)
    expect([read(0xca, 0x3f, 0xc0, 0, 0), read(0xcb, 0xbf, 0xf8, ...nils(0), 0, 0, 0, 0, 0, 0)]).to.deep.equal([
      1.5, -1.5,
    ])
  })

  it('reads whatever the encoder writes, but passes over data and maps', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(new MsgpackReader(pack(value)).read()).to.deep.equal(asRead(value))
      }),
      { numRuns: 500 },
    )
  })

  it('reads bytes in the middle of others, and nothing around them', () => {
    const around = Uint8Array.from([0x93, 0xa1, 0x61, 0xa1, 0x62, 0xa1, 0x63])
    expect(new MsgpackReader(around.subarray(3, 5)).read()).to.equal('b')
  })

  it('takes a value of each type as whole, and nothing less, or more', () => {
    expect(types.filter((type) => !sample(type))).to.deep.equal(unused)
    for (const bytes of types.flatMap((type) => [sample(type) ?? []])) {
      const hex = Buffer.from(bytes).toString('hex')
      expect(isWhole(Uint8Array.from(bytes)), hex).to.equal(bytes.length > 0)
      for (let length = 0; length < bytes.length; length += 1) {
        expect(isWhole(Uint8Array.from(bytes.slice(0, length))), `${hex} to ${length}`).to.equal(false)
      }
      expect(isWhole(Uint8Array.from([...bytes, ...bytes])), `${hex} twice`).to.equal(false)
      expect(isWhole(Uint8Array.from([0x92, 0xc0, ...bytes])), `${hex} in an array`).to.equal(bytes.length > 0)
    }
  })

  it('refuses an extension type, and the type that is never used, however many bytes follow', () => {
    for (const type of unused) {
      for (let length = 0; length < 40; length += 1) {
        expect(isWhole(Uint8Array.from([type, ...nils(length)])), `${type}`).to.equal(false)
        expect(isWhole(Uint8Array.from([0x91, type, 1, ...nils(length)])), `${type}`).to.equal(false)
      }
    }
  })

  it('takes whatever the encoder writes as whole, and no beginning of it', () => {
    fc.assert(
      fc.property(anyValue, fc.nat(), (value, random) => {
        const bytes = pack(value)
        expect(isWhole(bytes)).to.equal(true)
        expect(isWhole(bytes.subarray(0, random % bytes.length))).to.equal(false)
        expect(isWhole(Buffer.concat([bytes, Buffer.from([0xc0])]))).to.equal(false)
      }),
      { numRuns: 500 },
    )
  })

  it('refuses a header that announces what cannot follow', () => {
    for (const type of [0xc6, 0xc9, 0xdb, 0xdd, 0xdf]) {
      for (const length of [2 ** 32 - 1, 2 ** 31, 2 ** 20, 7]) {
        const bomb = [type, ...u32(length)]
        expect(isWhole(Uint8Array.from(bomb)), `${type} ${length}`).to.equal(false)
        expect(isWhole(Uint8Array.from([0x92, 0xc0, ...bomb])), `${type} ${length}`).to.equal(false)
      }
    }
    // Each of these alone would find its items, if they were not promised to all.
    const greedy = Array.from({ length: 1000 }, () => [0xdc, 0x03, 0x00]).flat()
    expect(isWhole(Uint8Array.from([...greedy, ...nils(3000)]))).to.equal(false)
  })

  it('refuses what is nested more deeply than any message, without a deep stack', () => {
    const nested = (depth: number) => [...new Array<number>(depth).fill(0x91), 0xc0]
    expect(read(...nested(64))).to.be.an('array')
    expect(read(...nested(65))).to.equal(undefined)
    expect(read(0x92, 0xc0, 0x81, ...nested(62), 0xc0)).to.deep.equal([null, undefined])
    expect(read(0x92, 0xc0, 0x81, ...nested(63), 0xc0)).to.equal(undefined)
    const deep = new Uint8Array(2 ** 20).fill(0x91)
    deep[deep.length - 1] = 0xc0
    expect(new MsgpackReader(deep).read()).to.equal(undefined)
    expect(decodeBroadcast(deep)).to.equal(undefined)
  })

  it('refuses at once what promises a million items in each of many lists', () => {
    const promises = Array.from({ length: 60 }, () => [0xdd, ...u32(2 ** 20)]).flat()
    const begun = performance.now()
    expect(read(...promises, ...nils(2 ** 14), 0xc1)).to.equal(undefined)
    expect(performance.now() - begun).to.be.below(1_000)
  })
})
