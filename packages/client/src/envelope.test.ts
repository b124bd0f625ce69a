import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { openEnvelope, type SealedEnvelope, schemaMark, sealEnvelope } from './envelope.ts'
import { sealedAround } from './fixtures/hostile-envelope.ts'
import { packValue } from './packed-value.ts'

const mark = schemaMark('1')
const sealed: SealedEnvelope = {
  stamp: 'V1StGXR8_Z5jdHi6B-myT',
  era: '1763000000000-server',
  asOf: 7,
  tags: ['brand:7', '', '\ufeffключ'],
  computeMs: 12.5,
  graceMs: 30_000,
  version: undefined,
  inflatedBytes: 0,
  body: Buffer.from('body'),
}

describe('An envelope', () => {
  it('says when it is opened what it was sealed with', () => {
    for (const version of [undefined, 0, 2 ** 53 - 1, 0n, 2n ** 63n - 1n]) {
      for (const body of [Buffer.alloc(0), Buffer.alloc(70_000, 1)]) {
        const envelope = { ...sealed, version, body, inflatedBytes: body.length }
        expect(openEnvelope(mark, sealEnvelope(mark, envelope))).to.deep.equal(envelope)
      }
    }
  })

  it('stays closed for another schema, also one that begins alike', () => {
    for (const schema of ['', '2', '11', '1.', 'x'.repeat(64)]) {
      expect(openEnvelope(schemaMark(schema), sealEnvelope(mark, sealed)), schema).to.equal(undefined)
      expect(openEnvelope(mark, sealEnvelope(schemaMark(schema), sealed)), schema).to.equal(undefined)
    }
  })

  it('stays closed when it is cut off or continued, wherever, or one of its bits has changed, but for the stamp', () => {
    const bytes = sealEnvelope(mark, sealed)
    for (let length = 0; length < bytes.length; length += 1) {
      expect(openEnvelope(mark, bytes.subarray(0, length)), `${length}`).to.equal(undefined)
    }
    expect(openEnvelope(mark, Buffer.concat([bytes, Buffer.from([0])]))).to.equal(undefined)
    for (let bit = 8 * sealed.stamp.length; bit < 8 * bytes.length; bit += 1) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      expect(openEnvelope(mark, changed), `${bit}`).to.equal(undefined)
    }
  })

  it('stays closed when its head is of another shape, though its sum is right', () => {
    const head: readonly unknown[] = ['era', 7, ['tag'], 1, 0, null, 0]
    const open = (fields: unknown) => openEnvelope(mark, sealedAround(mark, fields))
    expect(open(head)).to.include({ era: 'era', asOf: 7, computeMs: 1, version: undefined })
    const wrong: readonly (readonly unknown[])[] = [
      [null, 1, [], Buffer.from('era')],
      [-1, 1.5, '7', 2 ** 53, 7n, Number.NaN, null],
      [null, 'tag', [1], [null], ['tag', ['tag']], { 0: 'tag', length: 1 }],
      [-1, Number.NaN, Number.POSITIVE_INFINITY, '1', null, 1n],
      [-1, Number.NaN, Number.POSITIVE_INFINITY, '1', null, 1n],
      ['1', 1.5, -1, -1n, 2n ** 63n, [], Number.NaN, true],
      [-1, 1.5, '1', null, 1n, 2 ** 53],
    ]
    for (const [n, values] of wrong.entries()) {
      for (const [index, value] of values.entries()) {
        expect(open(head.with(n, value)), `field ${n}, value ${index}`).to.equal(undefined)
      }
    }
    for (const fields of [head.slice(0, 6), [...head, 0], {}, null, 'head', new Map([[0, 'era']])]) {
      expect(open(fields)).to.equal(undefined)
    }
  })

  it('stays closed when its head is to be longer than all that follows, though its sum is right', () => {
    const head = ['era', 7, ['tag'], 1, 0, null, 0]
    const { length } = packValue(head)
    for (const headBytes of [length - 1, length + 1, 2 ** 32 - 1]) {
      expect(openEnvelope(mark, sealedAround(mark, head, { headBytes }))).to.equal(undefined)
    }
    expect(openEnvelope(mark, sealedAround(mark, head, { headBytes: length }))).to.include({ era: 'era' })
  })

  it('stays closed, and nothing is thrown, whatever the bytes are', () => {
    const bytes = sealEnvelope(mark, sealed)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(bytes.length), (noise, at) => {
        expect(openEnvelope(mark, noise)).to.equal(undefined)
        expect(openEnvelope(mark, Buffer.concat([bytes.subarray(0, at), noise]))?.era).to.be.oneOf([
          undefined,
          sealed.era,
        ])
        expect(openEnvelope(mark, sealedAround(mark, noise, { asBytes: true }))).to.equal(undefined)
      }),
      { numRuns: 1_000 },
    )
  })
})
