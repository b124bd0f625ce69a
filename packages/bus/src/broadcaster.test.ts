import { InvalidArgumentError } from '@rescind/options'
import { rejection } from '@rescind/testbed'
import { expect } from 'chai'
import { beforeEach, describe, it } from 'mocha'
import { MAX_NAMES } from './batch.ts'
import { Broadcaster } from './broadcaster.ts'
import type { Message } from './message.ts'
import type { Bump } from './statement.ts'

const wrong: readonly [what: string, call: (broadcaster: Broadcaster) => Promise<unknown>, argument: string][] = [
  ['no invalidation', (b) => b.invalidate(undefined as never), 'invalidation'],
  ['a misspelt property', (b) => b.invalidate({ region: 'r', key: ['x'] } as never), 'invalidation'],
  ['no region', (b) => b.invalidate({ keys: ['x'] } as never), 'region'],
  ['a region that is no name', (b) => b.invalidate({ region: 'r:x', keys: ['x'] }), 'region'],
  ['no keys', (b) => b.invalidate({ region: 'r' } as never), 'keys'],
  ['an empty list of keys', (b) => b.invalidate({ region: 'r', keys: [] }), 'keys'],
  ['a text for keys', (b) => b.invalidate({ region: 'r', keys: 'x' as never }), 'keys'],
  ['10,001 keys', (b) => b.invalidate({ region: 'r', keys: new Array(10_001).fill('x') }), 'keys'],
  ['a number for a key', (b) => b.invalidate({ region: 'r', keys: ['x', 42 as never] }), 'each of keys'],
  ['a list with a hole', (b) => b.invalidate({ region: 'r', keys: new Array(2) }), 'each of keys'],
  ['a key that is too long', (b) => b.invalidate({ region: 'r', keys: ['x'.repeat(1025)] }), 'each of keys'],
  ['half a character', (b) => b.invalidate({ region: 'r', keys: ['\ud800'] }), 'each of keys'],
  ['no tags', (b) => b.invalidateTags(undefined as never), 'tags'],
  ['an empty list of tags', (b) => b.invalidateTags([]), 'tags'],
  ['nothing for a tag', (b) => b.invalidateTags([null as never]), 'each of tags'],
  ['no regions', (b) => b.clear([]), 'regions'],
  ['a region to clear that is no name', (b) => b.clear(['r', '']), 'each of regions'],
  ['a text for regions', (b) => b.clear('r' as never), 'regions'],
  ['no bump', (b) => b.bump(null as never), 'bump'],
  ['a bump without a region', (b) => b.bump({ versions: { x: 1 } } as never), 'region'],
  ['no versions', (b) => b.bump({ region: 'r' } as never), 'versions'],
  ['an empty list of versions', (b) => b.bump({ region: 'r', versions: new Map() }), 'versions'],
  ['a version of half', (b) => b.bump({ region: 'r', versions: { x: 1.5 } }), 'each version'],
  ['a negative version', (b) => b.bump({ region: 'r', versions: { x: -1n } }), 'each version'],
  ['a number that is not exact', (b) => b.bump({ region: 'r', versions: { x: 2 ** 53 } }), 'each version'],
  ['a version beyond 63 bits', (b) => b.bump({ region: 'r', versions: { x: 2n ** 63n } }), 'each version'],
  ['a text for a version', (b) => b.bump({ region: 'r', versions: { x: '1' as never } }), 'each version'],
  [
    'a key of a version that is none',
    (b) => b.bump({ region: 'r', versions: new Map([[7 as never, 1]]) }),
    'each key of versions',
  ],
  ['a misspelt option', (b) => b.clear(['r'], { confirmed: true } as never), 'options'],
  ['confirm on a bus that is not strict', (b) => b.clearAll({ confirm: true }), 'confirm'],
]

describe('A broadcaster', () => {
  let published: Message[]
  let broadcaster: Broadcaster

  beforeEach(() => {
    published = []
    const publish = async (message: Message) => {
      published.push(message)
      return { position: { epoch: 36, seq: published.length }, chain: 'abcdef0123456789' }
    }
    broadcaster = new Broadcaster('me', publish, undefined)
  })

  for (const [what, call, argument] of wrong) {
    it(`refuses ${what}, names the argument, and publishes nothing`, async () => {
      const error = await rejection(call(broadcaster))
      expect(error).to.be.instanceOf(InvalidArgumentError)
      expect(error).to.include({ argument })
      expect(error.message).to.match(new RegExp(`^${argument} must be .*; received `))
      broadcaster.flush()
      expect(published).to.deep.equal([])
    })
  }

  it('says how many there may be', async () => {
    const bump: Bump = { region: 'r', versions: {} }
    expect((await rejection(broadcaster.bump(bump))).message).to.match(/versions of 1 to 10000 keys; make several/)
    expect((await rejection(broadcaster.clear([]))).message).to.match(/an array of 1 to 10000 strings; make several/)
  })

  it('publishes each kind, and gives a receipt with the token of its place', async () => {
    const versions = { '42': 7, '43': 2n ** 63n - 1n }
    const receipts = await Promise.all([
      broadcaster.invalidate({ region: 'r', keys: ['42', ''] }),
      broadcaster.invalidateTags(['t']),
      broadcaster.clear(['r', 's'], { confirm: false }),
      broadcaster.bump({ region: 'r', versions }),
      broadcaster.clearAll(),
    ])
    expect(receipts[1]).to.deep.equal({
      position: { epoch: 36, seq: 2 },
      chain: 'abcdef0123456789',
      token: '10.2.abcdef01',
    })
    const bodies = published.map(({ id, origin, sentAt, confirm, ...body }) => body)
    expect(bodies).to.deep.equal([
      { kind: 'invalidate', items: [{ region: 'r', keys: ['42', ''] }] },
      { kind: 'invalidate-tags', tags: ['t'] },
      { kind: 'clear', regions: ['r', 's'] },
      {
        kind: 'bump',
        items: [{ region: 'r', versions: new Map(Object.entries(versions).map(([k, v]) => [k, BigInt(v)])) }],
      },
      { kind: 'clear-all' },
    ])
  })

  it('takes as many as it says', async () => {
    const keys = Array.from({ length: 10_000 }, (_, n) => `${n}`)
    await broadcaster.invalidate({ region: 'r', keys })
    expect(published).to.have.lengthOf(Math.ceil(keys.length / MAX_NAMES))
  })

  it('takes versions from a Map as from an object', async () => {
    const versions = new Map([['42', 7]])
    await Promise.all([
      broadcaster.bump({ region: 'r', versions }),
      broadcaster.bump({ region: 'r', versions: { '42': 9n } }),
    ])
    expect(published).to.have.lengthOf(1)
    expect(published[0]).to.deep.include({ items: [{ region: 'r', versions: new Map([['42', 9n]]) }] })
  })

  it('refuses the wrong call of a turn, and publishes the others', async () => {
    const [good, bad] = [broadcaster.clear(['r']), rejection(broadcaster.clear([]))]
    expect(await bad).to.be.instanceOf(InvalidArgumentError)
    expect((await good).position).to.deep.equal({ epoch: 36, seq: 1 })
  })
})
