import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { firstChain, nextChain } from './chain.ts'
import type { Message } from './message.ts'
import { parseToken } from './token.ts'
import { decodeBroadcast, decodeMessage, encodeMessage } from './wire.ts'

const text = readFileSync(new URL('../../../docs/reference/wire.md', import.meta.url), 'utf8')

/** The bytes of an example: what stands on the left of each line. */
function example(name: string): Buffer {
  const [, lines] = new RegExp(`\`\`\`hex ${name}\n(.*?)\`\`\``, 's').exec(text) ?? []
  const hex = lines?.split('\n').map((line) => /^([0-9a-f]{2} ?)*/.exec(line)?.[0] ?? '')
  return Buffer.from(hex?.join('').replaceAll(' ', '') ?? '', 'hex')
}

const head = { id: 'm1', origin: 'billing', sentAt: 1_763_000_000_000, confirm: false }
const tags: Message = { kind: 'invalidate-tags', ...head, tags: ['brand:7'] }
const examples: Message[] = [
  { kind: 'invalidate', ...head, items: [{ region: 'product', keys: ['42', '43'] }] },
  tags,
  { kind: 'clear', ...head, confirm: true, regions: ['product', 'price'] },
  { kind: 'bump', ...head, items: [{ region: 'product', versions: new Map([['42', 7n]]) }] },
  { kind: 'clear-all', ...head },
]

describe('The reference of the wire', () => {
  for (const message of examples) {
    it(`shows a message of the kind ${message.kind} as it is written and read`, () => {
      const bytes = example(message.kind)
      expect(decodeMessage('m1', bytes)).to.deep.equal(message)
      expect(bytes.toString('hex')).to.equal(Buffer.from(encodeMessage(message)).toString('hex'))
    })
  }

  it('shows a broadcast that follows from the incarnation that it names', () => {
    const [, incarnation = ''] = /`master_replid` is `([0-9a-f]{40})`/.exec(text) ?? []
    const [, opened = ''] = /opened under the id `([0-9.]+)`/.exec(text) ?? []
    const previous = firstChain(incarnation, 1_763_000_000_000, opened)
    expect(decodeBroadcast(example('broadcast'))).to.deep.equal({
      position: { epoch: 1_763_000_000_000, seq: 1 },
      previous,
      chain: nextChain(incarnation, previous, 'm1'),
      id: 'm1',
      message: tags,
    })
  })

  it('shows a token that can be read', () => {
    const [, token = ''] = /a \*\*token\*\*: .* `(.*)`\./.exec(text) ?? []
    expect(parseToken(token)).to.deep.equal({ position: { epoch: 1_763_000_000_000, seq: 100 }, chain: '9f86d081' })
  })
})
