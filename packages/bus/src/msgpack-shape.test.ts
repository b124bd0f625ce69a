import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { pack } from './msgpack-codec.ts'
import { isWhole } from './msgpack-shape.ts'
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

describe('The shape of MessagePack', () => {
  it('is whole for a value of each type, and not for less, or more', () => {
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

  it('is not whole with an extension type, or the type that is never used, however many bytes follow', () => {
    for (const type of unused) {
      for (let length = 0; length < 40; length += 1) {
        expect(isWhole(Uint8Array.from([type, ...nils(length)])), `${type}`).to.equal(false)
        expect(isWhole(Uint8Array.from([0x91, type, 1, ...nils(length)])), `${type}`).to.equal(false)
      }
    }
  })

  it('is whole for whatever the encoder writes, and not for any beginning of it', () => {
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

  it('is not whole for a header that announces what cannot follow', () => {
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

  it('is told of a million arrays in one another without a deep stack, which no decoder can read', () => {
    const deep = new Uint8Array(2 ** 20).fill(0x91)
    deep[deep.length - 1] = 0xc0
    expect(isWhole(deep)).to.equal(true)
    expect(isWhole(deep.subarray(0, -1))).to.equal(false)
    expect(decodeBroadcast(deep)).to.equal(undefined)
  })
})
