import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import type { Body } from './batch.ts'
import type { Message } from './message.ts'
import { pack } from './msgpack-codec.ts'
import { decodeBroadcast, decodeMessage, encodeMessage } from './wire.ts'

const id = 'V1StGXR8_Z5jdHi6B-myT'
const head = { id, origin: 'o', sentAt: 1_700_000_000_000, confirm: false }
const invalidate: Message = {
  kind: 'invalidate',
  ...head,
  items: [
    { region: 'product', keys: ['42', 'ключ', ''] },
    { region: 'price', keys: ['7'] },
  ],
}
const invalidateTags: Message = { kind: 'invalidate-tags', ...head, tags: ['brand:7'] }
const versions = new Map([
  ['42', 7n],
  ['43', 2n ** 63n - 1n],
])
const samples: Message[] = [
  invalidate,
  invalidateTags,
  { kind: 'clear', ...head, confirm: true, regions: ['product', 'price'] },
  { kind: 'clear-all', ...head },
  { kind: 'bump', ...head, items: [{ region: 'product', versions }] },
]

const golden: Record<Message['kind'], string> = {
  invalidate: '960101a16fcb4278bcfe568000000094a770726f6475637493a23432a8d0bad0bbd18ed187a0a5707269636591a137',
  'invalidate-tags': '960102a16fcb4278bcfe568000000091a76272616e643a37',
  clear: '960103a16fcb4278bcfe568000000192a770726f64756374a57072696365',
  'clear-all': '960105a16fcb4278bcfe5680000000c0',
  bump: '960104a16fcb4278bcfe568000000092a770726f6475637494a23432a137a23433b339323233333732303336383534373735383037',
}
/** As the script of Redis writes it: strings of more than 31 bytes with an 8-bit length. */
const chain = '8843d7f92416211de9ebb963ff4ce28125932878'
const raw8 = (text: string) => `d9${text.length.toString(16)}${Buffer.from(text).toString('hex')}`
const broadcastOf = (message: string) =>
  `9601b1${Buffer.from('1700000000000-421').toString('hex')}a0${raw8(chain)}b5${Buffer.from(id).toString('hex')}${message}`

const bytes = (hex: string) => Buffer.from(hex, 'hex')
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex')

const texts = fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 20 })
const some = <Item>(item: fc.Arbitrary<Item>) => fc.array(item, { minLength: 1, maxLength: 5 })
const anyVersions = some(fc.tuple(fc.string(), fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }))).map(
  (pairs) => new Map(pairs),
)
const anyBody: fc.Arbitrary<Body> = fc.oneof(
  some(fc.record({ region: fc.string(), keys: texts })).map((items) => ({ kind: 'invalidate' as const, items })),
  texts.map((tags) => ({ kind: 'invalidate-tags' as const, tags })),
  texts.map((regions) => ({ kind: 'clear' as const, regions })),
  fc.constant({ kind: 'clear-all' as const }),
  some(fc.record({ region: fc.string(), versions: anyVersions })).map((items) => ({ kind: 'bump' as const, items })),
)
const anyHead = fc.record({
  id: fc.string(),
  origin: fc.string(),
  sentAt: fc.integer({ min: 0, max: 2 ** 52 }),
  confirm: fc.boolean(),
})
const anyMessage: fc.Arbitrary<Message> = fc.tuple(anyHead, anyBody).map(([start, body]) => ({ ...start, ...body }))

describe('The wire', () => {
  for (const message of samples) {
    it(`writes and reads a message of the kind ${message.kind} in these bytes`, () => {
      expect(hex(encodeMessage(message))).to.equal(golden[message.kind])
      expect(decodeMessage(id, bytes(golden[message.kind]))).to.deep.equal(message)
    })
  }

  it('reads a broadcast, with its position, its chains, its id and its message', () => {
    expect(decodeBroadcast(bytes(broadcastOf(golden['invalidate-tags'])))).to.deep.equal({
      position: { epoch: 1_700_000_000_000, seq: 421 },
      previous: '',
      chain,
      id,
      message: invalidateTags,
    })
  })

  it('reads a broadcast whose message it does not know, so that it can take its place in the log', () => {
    const tomorrow = hex(pack([2, 1, 'o']))
    for (const message of ['c0', tomorrow, hex(pack([1, 99, 'o', 1, 0, ['x']]))]) {
      expect(decodeBroadcast(bytes(broadcastOf(message)))).to.deep.include({ chain, id, message: undefined })
    }
  })

  it('reads a message and a broadcast with fields that a later release appended, and flags that it added', () => {
    const longer = `97${golden.invalidate.slice(2).replace('cb4278bcfe5680000000', 'cb4278bcfe5680000006')}a178`
    expect(decodeMessage(id, bytes(longer))).to.deep.equal(invalidate)
    const broadcast = `97${broadcastOf(longer).slice(2)}c3`
    expect(decodeBroadcast(bytes(broadcast))?.message).to.deep.equal(invalidate)
  })

  it('reads a time that another encoder wrote as an integer', () => {
    const asInteger = golden['invalidate-tags'].replace('cb4278bcfe56800000', 'cf0000018bcfe56800')
    expect(decodeMessage(id, bytes(asInteger))).to.deep.equal(invalidateTags)
  })

  it('reads the highest of several versions of one key', () => {
    const message = decodeMessage(id, pack([1, 4, 'o', 1, 0, ['r', ['key', '7', 'key', '12', 'key', '9']]]))
    expect(message).to.deep.include({ items: [{ region: 'r', versions: new Map([['key', 12n]]) }] })
  })

  it('reads no message with a field of another type, or with less than it needs', () => {
    const { origin, sentAt } = head
    for (const fields of [
      [1, 1, origin, sentAt, 0],
      [1, 1, origin, sentAt, 0, []],
      [1, 1, origin, sentAt, 0, ['region']],
      [1, 1, origin, sentAt, 0, ['region', 'key']],
      [1, 1, origin, sentAt, 0, ['region', ['key', 1]]],
      [1, 1, origin, sentAt, 0, [7, ['key']]],
      [1, 1, origin, sentAt, 0, ['region', ['key'], 'another']],
      [1, 2, origin, sentAt, 0, [null]],
      [1, 2, origin, sentAt, '0', ['tag']],
      [1, 2, origin, '0', 0, ['tag']],
      [1, 2, origin, Number.NaN, 0, ['tag']],
      [1, 2, 5, sentAt, 0, ['tag']],
      [1, 3, origin, sentAt, 0, 'region'],
      [1, 4, origin, sentAt, 0, ['region', ['key']]],
      [1, 4, origin, sentAt, 0, ['region', ['key', 7]]],
      [1, 4, origin, sentAt, 0, ['region', ['key', '-7']]],
      [1, 4, origin, sentAt, 0, ['region', ['key', '1'.repeat(21)]]],
      [0, 2, origin, sentAt, 0, ['tag']],
      { 0: 1 },
    ]) {
      expect(decodeMessage(id, pack(fields)), JSON.stringify(fields)).to.equal(undefined)
    }
  })

  it('reads no broadcast of another version, without a position, or with less than it needs', () => {
    for (const fields of [
      [2, '5-1', '', chain, id, null],
      [1, '5-1', '', chain, id],
      [1, '5', '', chain, id, null],
      [1, '5-99999999999999999', '', chain, id, null],
      [1, 5, '', chain, id, null],
      [1, '5-1', null, chain, id, null],
      [1, '5-1', '', 1, id, null],
      [1, '5-1', '', chain, 1, null],
      'hello',
    ]) {
      expect(decodeBroadcast(pack(fields)), JSON.stringify(fields)).to.equal(undefined)
    }
  })

  it('reads back whatever it wrote', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(decodeMessage(message.id, encodeMessage(message))).to.deep.equal(message)
      }),
    )
  })
})
