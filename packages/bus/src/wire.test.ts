import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import type { Message } from './message.ts'
import { pack } from './msgpack-codec.ts'
import { decodeBroadcast, decodeMessage, encodeMessage } from './wire.ts'

const head = { id: 'V1StGXR8_Z5jdHi6B-myT', origin: 'o', sentAt: 1_700_000_000_000 }
const invalidate: Message = { kind: 'invalidate', ...head, region: 'product', keys: ['42', 'ключ', ''] }
const invalidateTags: Message = { kind: 'invalidate-tags', ...head, tags: ['brand:7'] }

const golden = {
  invalidate:
    '970101b556315374475852385f5a356a64486936422d6d7954a16fcb4278bcfe56800000a770726f6475637493a23432a8d0bad0bbd18ed187a0',
  invalidateTags: '960102b556315374475852385f5a356a64486936422d6d7954a16fcb4278bcfe5680000091a76272616e643a37',
}
/** As the script of Redis writes it: strings of more than 31 bytes with a 16-bit length. */
const chain = '8843d7f92416211de9ebb963ff4ce28125932878'
const raw16 = (text: string) => `da00${text.length.toString(16)}${Buffer.from(text).toString('hex')}`
const broadcastOf = (message: string) =>
  `9501b1${Buffer.from('1700000000000-421').toString('hex')}a0${raw16(chain)}${message}`

const bytes = (hex: string) => Buffer.from(hex, 'hex')
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex')

const anyMessage: fc.Arbitrary<Message> = fc
  .record({ id: fc.string(), origin: fc.string(), sentAt: fc.integer({ min: 0, max: 2 ** 52 }) })
  .chain((common) => {
    const texts = fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 })
    return fc.oneof(
      fc
        .record({ region: fc.string(), keys: texts })
        .map((rest) => ({ kind: 'invalidate' as const, ...common, ...rest })),
      fc.record({ tags: texts }).map((rest) => ({ kind: 'invalidate-tags' as const, ...common, ...rest })),
    )
  })

describe('The wire', () => {
  it('writes and reads an invalidation of keys in these bytes', () => {
    expect(hex(encodeMessage(invalidate))).to.equal(golden.invalidate)
    expect(decodeMessage(bytes(golden.invalidate))).to.deep.equal(invalidate)
  })

  it('writes and reads an invalidation of tags in these bytes', () => {
    expect(hex(encodeMessage(invalidateTags))).to.equal(golden.invalidateTags)
    expect(decodeMessage(bytes(golden.invalidateTags))).to.deep.equal(invalidateTags)
  })

  it('reads a broadcast, with its position, its chains and its message', () => {
    expect(decodeBroadcast(bytes(broadcastOf(golden.invalidateTags)))).to.deep.equal({
      position: { epoch: 1_700_000_000_000, seq: 421 },
      previous: '',
      chain,
      message: invalidateTags,
    })
  })

  it('reads a broadcast whose message it does not know, so that it can take its place in the log', () => {
    const tomorrow = hex(pack([2, 1, 'id']))
    for (const message of ['c0', tomorrow, hex(pack([1, 99, 'id', 'o', 1, ['x']]))]) {
      expect(decodeBroadcast(bytes(broadcastOf(message)))).to.deep.include({ chain, message: undefined })
    }
  })

  it('reads a message and a broadcast with fields that a later release appended', () => {
    const longer = `98${golden.invalidate.slice(2)}a178`
    expect(decodeMessage(bytes(longer))).to.deep.equal(invalidate)
    const broadcast = `96${broadcastOf(longer).slice(2)}c3`
    expect(decodeBroadcast(bytes(broadcast))?.message).to.deep.equal(invalidate)
  })

  it('reads a time that another encoder wrote as an integer', () => {
    const asInteger = golden.invalidateTags.replace('cb4278bcfe56800000', 'cf0000018bcfe56800')
    expect(decodeMessage(bytes(asInteger))).to.deep.equal(invalidateTags)
  })

  it('reads no message with a field of another type, or with less than it needs', () => {
    const { id, origin, sentAt } = head
    for (const fields of [
      [1, 1, id, origin, sentAt, 'region'],
      [1, 1, id, origin, sentAt, 'region', 'key'],
      [1, 1, id, origin, sentAt, 'region', ['key', 1]],
      [1, 1, id, origin, sentAt, 7, ['key']],
      [1, 2, id, origin, sentAt, [null]],
      [1, 2, id, origin, '0', ['tag']],
      [1, 2, id, origin, Number.NaN, ['tag']],
      [1, 2, id, 5, sentAt, ['tag']],
      [1, 2, undefined, origin, sentAt, ['tag']],
      [0, 2, id, origin, sentAt, ['tag']],
      { 0: 1 },
    ]) {
      expect(decodeMessage(pack(fields)), JSON.stringify(fields)).to.equal(undefined)
    }
  })

  it('reads no broadcast of another version, without a position, or with less than it needs', () => {
    for (const fields of [
      [2, '5-1', '', chain, null],
      [1, '5-1', '', chain],
      [1, '5', '', chain, null],
      [1, '5-99999999999999999', '', chain, null],
      [1, 5, '', chain, null],
      [1, '5-1', null, chain, null],
      [1, '5-1', '', 1, null],
      'hello',
    ]) {
      expect(decodeBroadcast(pack(fields)), JSON.stringify(fields)).to.equal(undefined)
    }
  })

  it('reads back whatever it wrote', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(decodeMessage(encodeMessage(message))).to.deep.equal(message)
      }),
    )
  })

  it('never throws on hostile bytes, and can read a good message afterwards', () => {
    const good = bytes(broadcastOf(golden.invalidate))
    const mutated = fc
      .tuple(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(good.length),
      )
      .map(([changes, cut]) => {
        const copy = Buffer.from(good)
        for (const [at, byte] of changes) {
          copy[at] = byte
        }
        return cut % 3 === 0 ? copy.subarray(0, cut) : copy
      })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (hostile) => {
        for (const message of [decodeMessage(hostile), decodeBroadcast(hostile)?.message]) {
          if (message) {
            expect(message.id).to.be.a('string')
            expect(message.sentAt).to.satisfy(Number.isFinite)
            const names = message.kind === 'invalidate' ? message.keys : message.tags
            expect(names.every((name) => typeof name === 'string')).to.equal(true)
          }
        }
        expect(decodeMessage(bytes(golden.invalidate))).to.deep.equal(invalidate)
      }),
      { numRuns: 5_000 },
    )
  })
})
