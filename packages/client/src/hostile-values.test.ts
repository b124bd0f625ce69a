import { seededNumbers, usedBytes } from '@rescind/testbed'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { openEnvelope, schemaMark, sealEnvelope } from './envelope.ts'
import { rawHead, sealedAround } from './fixtures/hostile-envelope.ts'
import { packValue, unpackValue } from './packed-value.ts'

const PAYLOADS = 20_000
const MAX_GROWTH = 2 ** 20

const KNOWN = [
  { id: 'a', tags: ['x', 'y'], price: -0, none: undefined, more: [{ deep: new Map([['k', new Set([1n << 80n])]]) }] },
  [
    new Date(0),
    Buffer.from('bytes'),
    new Float64Array(3),
    '\ud800',
    'a text of more than sixty-four characters '.repeat(3),
  ],
  JSON.parse('{"__proto__": {"a": [-0]}, "constructor": {"prototype": 1}}'),
].map((value) => Buffer.from(packValue(value)))

/** Noise, or a value with some bytes changed, cut off, or with another's behind. */
function hostile(random: (below: number) => number): Buffer {
  const one = KNOWN[random(KNOWN.length)] ?? Buffer.alloc(0)
  const other = KNOWN[random(KNOWN.length)] ?? Buffer.alloc(0)
  switch (random(4)) {
    case 0:
      return Buffer.from(Array.from({ length: random(60) }, () => random(256)))
    case 1:
      return Buffer.concat([one.subarray(0, random(one.length)), other.subarray(random(other.length))])
    default: {
      const changed = Buffer.from(one)
      for (let changes = 1 + random(4); changes > 0; changes -= 1) {
        changed[random(changed.length)] = random(2) === 0 ? random(256) : 0x80 | random(128)
      }
      return changed
    }
  }
}

describe('Twenty thousand hostile values', function () {
  this.timeout(15_000)

  it('are opened or not, unpacked or refused with an error, and leave nothing behind', () => {
    const random = seededNumbers(20_261_121)
    const mark = schemaMark('1')
    const counts = { opened: 0, unpacked: 0, refused: 0 }
    const meet = (bytes: Buffer) => {
      const head = random(2) === 0 ? bytes : rawHead({ texts: [[`${random(9)}`]] })
      const sealed = openEnvelope(mark, sealedAround(mark, head, bytes))
      counts.opened += sealed ? 1 : 0
      try {
        unpackValue(sealed?.body ?? bytes)
        counts.unpacked += 1
      } catch (error) {
        expect(error).to.be.instanceOf(Error)
        counts.refused += 1
      }
    }
    for (let n = 0; n < PAYLOADS / 10; n += 1) {
      meet(hostile(random))
    }
    const before = usedBytes()
    for (let n = 0; n < PAYLOADS; n += 1) {
      meet(hostile(random))
    }
    expect(usedBytes() - before, 'bytes more in use').to.be.below(MAX_GROWTH)
    // Enough of them came far.
    expect(counts.opened).to.be.above(PAYLOADS / 4)
    expect(counts.unpacked).to.be.above(PAYLOADS / 10)
    expect(counts.refused).to.be.above(PAYLOADS / 10)
    expect(Object.keys(Object.prototype)).to.deep.equal([])
    expect(unpackValue(packValue({ a: 1 }))).to.deep.equal({ a: 1 })
    const whole = { stamp: 'x'.repeat(21), era: '', asOf: 0, tags: [], computeMs: 0, graceMs: 0, version: undefined }
    const sealed = { ...whole, inflatedBytes: 0, body: Buffer.from('body') }
    expect(openEnvelope(mark, sealEnvelope(mark, sealed))).to.deep.equal(sealed)
  })
})
