import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createCache } from './cache.ts'
import type { L2Envelope } from './envelope.ts'
import { ValueFormat } from './value-format.ts'

const text = readFileSync(new URL('../../../docs/reference/values.md', import.meta.url), 'utf8')

/** The lines of an example. */
function example(name: string): string {
  return new RegExp(`\`\`\`${name}\n(.*?)\`\`\``, 's').exec(text)?.[1] ?? ''
}

/** The bytes of an example: what stands on the left of each line. */
function bytesOf(name: string): Buffer {
  const hex = example(`hex ${name}`)
    .split('\n')
    .map((line) => /^([0-9a-f]{2} ?)*/.exec(line)?.[0] ?? '')
  return Buffer.from(hex.join('').replaceAll(' ', ''), 'hex')
}

const lamp: L2Envelope = {
  stamp: 'V1StGXR8_Z5jdHi6B-myT',
  era: '1763000000000-8371b4fb',
  asOf: 7,
  tags: ['brand:7'],
  computeMs: 12.5,
  graceMs: 30_000,
  version: 9,
  value: { name: 'Lamp', sizes: new Map([['S', -0]]) },
}
const nothing: L2Envelope = { ...lamp, tags: [], graceMs: 0, version: undefined, value: undefined }

class Account {
  readonly id: string
  readonly cents: bigint

  constructor(id: string, cents: bigint) {
    this.id = id
    this.cents = cents
  }

  static from(data: unknown): Account {
    const [id, cents] = Array.isArray(data) ? data : []
    if (typeof id !== 'string' || typeof cents !== 'bigint') {
      throw new TypeError('Not an account')
    }
    return new Account(id, cents)
  }
}

describe('The reference of the values', () => {
  const format = new ValueFormat<unknown>({ schemaVersion: '2', compressAbove: false })
  for (const [name, envelope] of Object.entries({ envelope: lamp, nothing })) {
    it(`shows the bytes of the example ${name} as they are written and read`, async () => {
      const bytes = bytesOf(name)
      expect(await format.decode(bytes)).to.deep.equal(envelope)
      expect(bytes.toString('hex')).to.equal((await format.encode(envelope)).toString('hex'))
    })
  }

  it('shows a codec that works', async () => {
    const cache = createCache({ name: 'test' })
    // The lines of the page:
    const accounts = cache.region('account', {
      load: async (id): Promise<Account> => new Account(id, 1_999n),
      codec: {
        encode: ({ id, cents }) => [id, cents],
        decode: (data) => Account.from(data),
      },
    })
    expect(await accounts.get('42')).to.deep.equal(new Account('42', 1_999n))
    await cache.close()
    const source = readFileSync(new URL('../src/values-reference.test.ts', import.meta.url), 'utf8')
    expect(example('ts codec').length).to.be.above(100)
    expect(source.replaceAll(/^ {4}/gm, '')).to.include(example('ts codec'))
    const codec = { encode: ({ id, cents }: Account) => [id, cents], decode: Account.from }
    const accountFormat = new ValueFormat<Account>({ schemaVersion: '1', compressAbove: false, codec })
    const bytes = await accountFormat.encode({ ...lamp, value: new Account('42', 1_999n) })
    expect((await accountFormat.decode(bytes))?.value).to.deep.equal(new Account('42', 1_999n))
  })
})
