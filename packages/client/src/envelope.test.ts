import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { openEnvelope, type SealedEnvelope, schemaMark, sealEnvelope, VERSION_KIND } from './envelope.ts'
import { type RawHead, rawHead, sealedAround } from './fixtures/hostile-envelope.ts'

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

  it('stays closed when it is cut off or continued, wherever, or one of its bits has changed', () => {
    const bytes = sealEnvelope(mark, sealed)
    for (let length = 0; length < bytes.length; length += 1) {
      expect(openEnvelope(mark, bytes.subarray(0, length)), `${length}`).to.equal(undefined)
    }
    expect(openEnvelope(mark, Buffer.concat([bytes, Buffer.from([0])]))).to.equal(undefined)
    for (let bit = 0; bit < 8 * bytes.length; bit += 1) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      expect(openEnvelope(mark, changed), `${bit}`).to.equal(undefined)
    }
  })

  it('stays closed when its head says what cannot be, though its sum is right', () => {
    const open = (head: RawHead) => openEnvelope(mark, sealedAround(mark, rawHead(head)))
    expect(open({})).to.include({ era: 'era', asOf: 7, computeMs: 1, version: undefined })
    expect(open({ versionKind: VERSION_KIND.number, version: 9n })).to.include({ version: 9 })
    const wrong: readonly RawHead[] = [
      ...[-1, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY].map((asOf) => ({ asOf })),
      ...[-1, Number.NaN, Number.POSITIVE_INFINITY].flatMap((ms) => [{ computeMs: ms }, { graceMs: ms }]),
      { versionKind: 3, version: 1n },
      { versionKind: VERSION_KIND.number, version: 2n ** 53n },
      { versionKind: VERSION_KIND.bigint, version: 2n ** 63n },
    ]
    for (const [index, head] of wrong.entries()) {
      expect(open(head), `${index}`).to.equal(undefined)
    }
  })

  it('stays closed when its texts are to be longer, or more, than all that follows, though its sum is right', () => {
    const open = (head: RawHead) => openEnvelope(mark, sealedAround(mark, rawHead(head)))
    const texts = [['era'], ['tag']] as const
    expect(open({ texts })).to.deep.include({ era: 'era', tags: ['tag'] })
    for (const length of [4, 2 ** 16 - 1]) {
      expect(open({ texts: [['era'], ['tag', length]] }), `${length}`).to.equal(undefined)
    }
    for (const tags of [2, 255]) {
      expect(open({ texts, tags }), `${tags}`).to.equal(undefined)
    }
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
        expect(openEnvelope(mark, sealedAround(mark, noise.subarray(0, 37)))).to.equal(undefined)
        openEnvelope(mark, sealedAround(mark, noise))
      }),
      { numRuns: 1_000 },
    )
  })
})
