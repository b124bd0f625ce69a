import { randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import type { L2Envelope } from './envelope.ts'
import { rawHead, sealedAround } from './fixtures/hostile-envelope.ts'
import { packValue } from './packed-value.ts'
import type { ValueCodec } from './value-codec.ts'
import { ValueFormat, type ValueFormatOptions } from './value-format.ts'

const head: Omit<L2Envelope, 'value'> = {
  stamp: 'V1StGXR8_Z5jdHi6B-myT',
  era: '1763000000000-server',
  asOf: 7,
  tags: ['brand:7'],
  computeMs: 12.5,
  graceMs: 0,
  version: 3n,
}

function formatOf<V>(options: Partial<ValueFormatOptions<V>> = {}): ValueFormat<V> {
  return new ValueFormat<V>({ schemaVersion: '1', compressAbove: false, ...options })
}

class Money {
  readonly cents: bigint

  constructor(cents: bigint) {
    this.cents = cents
  }
}

const moneyCodec: ValueCodec<Money> = {
  encode: ({ cents }) => ({ cents }),
  decode: (data) => {
    if (typeof data === 'object' && data !== null && 'cents' in data && typeof data.cents === 'bigint') {
      return new Money(data.cents)
    }
    throw new Error('No money')
  },
}

/** The error that it rejects with. */
async function refusal(encoding: unknown): Promise<unknown> {
  return Promise.resolve(encoding).then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('The format of a value', () => {
  it('keeps the value and all that is said of it', async () => {
    const format = formatOf<unknown>()
    for (const value of [undefined, null, '', 0, -0, false, { a: [new Map([['k', 1n]])] }]) {
      const decoded = await format.decode(await format.encode({ ...head, value }))
      expect(decoded).to.deep.equal({ ...head, value })
    }
  })

  it('makes data of an instance and an instance of data, by the codec', async () => {
    const format = formatOf<Money>({ codec: moneyCodec })
    const decoded = await format.decode(await format.encode({ ...head, value: new Money(5n) }))
    expect(decoded?.value).to.be.instanceOf(Money).and.to.deep.equal(new Money(5n))
  })

  it('asks the codec for values only, not for that there is none', async () => {
    const broken = () => {
      throw new Error('Not to be asked')
    }
    const format = formatOf<Money | null | undefined>({ codec: { encode: broken, decode: broken } })
    for (const value of [undefined, null]) {
      expect(await format.decode(await format.encode({ ...head, value }))).to.deep.equal({ ...head, value })
    }
    expect(await refusal(format.encode({ ...head, value: new Money(1n) }))).to.have.property(
      'message',
      'Not to be asked',
    )
  })

  it('does not mistake what a codec returns for that there is no value', async () => {
    const data = await formatOf<string>().encode({ ...head, value: 'data' })
    for (const none of [undefined, null]) {
      const format = formatOf<string>({ codec: { encode: () => none, decode: () => none as never } })
      const error = await refusal(format.encode({ ...head, value: 'x' }))
      expect(error).to.have.property('message', `The codec of the region returned ${none} from encode`)
      expect(await format.decode(data)).to.equal(undefined)
    }
  })

  it('refuses data of a codec that would not come back either', async () => {
    const format = formatOf<Money>({ codec: { ...moneyCodec, encode: (money) => [money] } })
    expect(await refusal(format.encode({ ...head, value: new Money(1n) }))).to.have.property(
      'message',
      'value[0] is an instance of Money; give the region a codec',
    )
  })

  it('packs at once: what a reader does to the value later does not show, compressed or not', async () => {
    for (const compressAbove of [false, 0] as const) {
      const format = formatOf<{ text: string }>({ compressAbove })
      const value = { text: 'first '.repeat(20_000) }
      const encoding = format.encode({ ...head, value })
      value.text = 'second'
      expect((await format.decode(await encoding))?.value).to.deep.equal({ text: 'first '.repeat(20_000) })
    }
  })

  it('compresses what takes more bytes than the bound, if that saves some, and reads either', async () => {
    const plain = formatOf<string>()
    const small = formatOf<string>({ compressAbove: 1_000 })
    for (const [length, ratio] of [
      [900, 1],
      // The string, its header and the list around it.
      [996, 1],
      [997, 0.2],
      [100_000, 0.02],
    ] as const) {
      const value = 'x'.repeat(length)
      const [long, short] = [await plain.encode({ ...head, value }), await small.encode({ ...head, value })]
      expect(short.length / long.length, `${length}`).to.be.within(ratio / 20, ratio)
      expect(short.length === long.length, `${length}`).to.equal(ratio === 1)
      expect((await plain.decode(short))?.value).to.equal(value)
      expect((await small.decode(long))?.value).to.equal(value)
    }
    const noise = formatOf<Buffer>({ compressAbove: 0 })
    const value = randomBytes(5_000)
    const bytes = await noise.encode({ ...head, value })
    expect(bytes.includes(value)).to.equal(true)
    expect((await noise.decode(bytes))?.value).to.deep.equal(value)
  })

  it('has no value for bytes of another schema, or that its codec cannot read', async () => {
    const bytes = await formatOf<unknown>().encode({ ...head, value: { cents: 'many' } })
    expect(await formatOf<unknown>().decode(bytes)).not.to.equal(undefined)
    expect(await formatOf<unknown>({ schemaVersion: '2' }).decode(bytes)).to.equal(undefined)
    expect(await formatOf<Money>({ codec: moneyCodec }).decode(bytes)).to.equal(undefined)
  })

  it('has no value for a body that claims to inflate to more than it does, or to more than is ever compressed', async () => {
    const format = formatOf<unknown>()
    const body = deflateRawSync(packValue('x'.repeat(50_000)))
    const decode = (inflatedBytes: number) => format.decode(sealedAround(format.mark, rawHead({ inflatedBytes }), body))
    expect((await decode(50_004))?.value).to.equal('x'.repeat(50_000))
    for (const inflatedBytes of [0, 1, 50_003, 50_005, 2 ** 26, 2 ** 27, 2 ** 32 - 1]) {
      expect(await decode(inflatedBytes), `${inflatedBytes}`).to.equal(undefined)
    }
  })

  it('has a value or none, and throws nothing, for a body of any bytes under a right sum', async () => {
    const format = formatOf<unknown>()
    const known = packValue([new Map([['a', -0]]), new Set([1n << 80n]), new Date(), Buffer.from('x'), { b: '\ud800' }])
    const anyBody = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.tuple(fc.nat(known.length - 1), fc.nat(255)).map(([at, byte]) => Uint8Array.from(known).with(at, byte)),
    )
    await fc.assert(
      fc.asyncProperty(anyBody, fc.constantFrom(0, 1, 100), async (body, inflatedBytes) => {
        const envelope = await format.decode(sealedAround(format.mark, rawHead({ inflatedBytes }), body))
        expect(envelope === undefined || 'value' in envelope).to.equal(true)
      }),
      { numRuns: 2_000 },
    )
    expect(Object.keys(Object.prototype)).to.deep.equal([])
  })
})
