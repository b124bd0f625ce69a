import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { Batch, type Body, MAX_BYTES, MAX_NAMES } from './batch.ts'
import type { Message } from './message.ts'
import { messageWeight } from './weight.ts'
import { encodeMessage } from './wire.ts'

const head = { id: 'x'.repeat(64), origin: 'x'.repeat(21), sentAt: 1_700_000_000_000.5, confirm: true }

function batchOf(kind: Message['kind'], ...names: [region: string, name: string, version?: bigint][]): Batch {
  const batch = new Batch(kind)
  for (const [region, name, version] of names) batch.add(region, name, version)
  return batch
}

/** What a body names, each as `region/name`, or `region/name@version`. */
function namesIn(body: Body): string[] {
  switch (body.kind) {
    case 'invalidate':
      return body.items.flatMap(({ region, keys }) => keys.map((key) => `${region}/${key}`))
    case 'bump':
      return body.items.flatMap(({ region, versions }) => [...versions].map(([key, v]) => `${region}/${key}@${v}`))
    case 'invalidate-tags':
      return body.tags.map((tag) => `/${tag}`)
    case 'clear':
      return body.regions.map((region) => `/${region}`)
    case 'clear-all':
      return []
  }
}

const kinds = ['invalidate', 'bump', 'invalidate-tags', 'clear'] as const
/** Texts that take many bytes, or few, or three for each character, and not many different ones. */
const text = (longest: number) =>
  fc
    .tuple(fc.nat(50), fc.constantFrom('x', '€'), fc.constantFrom(0, 1, 25, 28, 200, 300, longest))
    .map(([n, letter, bytes]) => `${n}${letter.repeat(Math.floor(bytes / Buffer.byteLength(letter)))}`)

describe('A batch', () => {
  it('groups keys by region, and names each once', () => {
    const batch = batchOf('invalidate', ['r', 'a'], ['s', 'a'], ['r', 'b'], ['r', 'a'])
    expect(batch.bodies()).to.deep.equal([
      {
        kind: 'invalidate',
        items: [
          { region: 'r', keys: ['a', 'b'] },
          { region: 's', keys: ['a'] },
        ],
      },
    ])
  })

  it('keeps the highest version of each key', () => {
    const batch = batchOf('bump', ['r', 'a', 7n], ['r', 'a', 12n], ['r', 'a', 9n], ['s', 'a', 1n], ['r', 'b', 0n])
    expect(batch.bodies().flatMap(namesIn)).to.deep.equal(['r/a@12', 'r/b@0', 's/a@1'])
  })

  it('names each tag and each region once', () => {
    expect(batchOf('invalidate-tags', ['', 't'], ['', ''], ['', 't']).bodies()).to.deep.equal([
      { kind: 'invalidate-tags', tags: ['t', ''] },
    ])
    expect(batchOf('clear', ['', 'r'], ['', 's'], ['', 'r']).bodies()).to.deep.equal([
      { kind: 'clear', regions: ['r', 's'] },
    ])
  })

  it('clears everything with one body that names nothing', () => {
    expect(batchOf('clear-all').bodies()).to.deep.equal([{ kind: 'clear-all' }])
  })

  it('makes one body of as many names as one message may hold, and two of one more', () => {
    const named = (count: number) => Array.from({ length: count }, (_, n): [string, string] => [`r${n % 7}`, `${n}`])
    for (const kind of kinds) {
      expect(batchOf(kind, ...named(MAX_NAMES)).bodies(), kind).to.have.lengthOf(1)
      const bodies = batchOf(kind, ...named(MAX_NAMES + 1)).bodies()
      expect(bodies.map((body) => namesIn(body).length)).to.deep.equal([MAX_NAMES, 1])
    }
  })

  it('makes one body of as many bytes as one message may hold, and two of one more', () => {
    for (const kind of ['invalidate', 'bump'] as const) {
      const named = Array.from({ length: 256 }, (_, n): [string, string] => [
        'r',
        `${n}`.padEnd(kind === 'bump' ? 991 : 1012),
      ])
      const body = batchOf(kind, ...named).bodies()[0]
      const weight = body ? messageWeight({ ...head, ...body }) : 0
      const rest = MAX_BYTES - weight
      const full = [...named.slice(1), ['r', '0'.padEnd((named[0]?.[1].length ?? 0) + rest)] as [string, string]]
      expect(batchOf(kind, ...full).bodies(), kind).to.have.lengthOf(1)
      const [[region, name] = ['', '']] = full.slice(-1)
      expect(batchOf(kind, ...full.slice(0, -1), [region, `${name} `]).bodies(), kind).to.have.lengthOf(2)
    }
  })

  it('makes no more bodies than their size calls for', () => {
    const names = Array.from({ length: 1_000 }, (_, n): [string, string] => ['r', `${n}`.padEnd(1024)])
    expect(batchOf('invalidate', ...names).bodies()).to.have.lengthOf(4)
  })

  it('names everything once, in messages within the limits, whatever it is given', () => {
    // Most bytes beyond their text: each key in a region of its own.
    const crowd = fc.tuple(fc.integer({ min: 1, max: 6_000 }), text(64), text(1024))
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.array(crowd, { minLength: 1, maxLength: 4 }), (kind, crowds) => {
        const regional = kind === 'invalidate' || kind === 'bump'
        const batch = new Batch(kind)
        const expected = new Set<string>()
        for (const [count, region, name] of crowds) {
          for (let n = 0; n < count; n += 1) {
            const [group, each] = [regional ? `${n % 3000}${region}` : '', `${n}${name}`]
            batch.add(group, each)
            expected.add(`${group}/${each}${kind === 'bump' ? '@0' : ''}`)
          }
        }
        const bodies = batch.bodies()
        const named = bodies.map(namesIn)
        for (const [n, body] of bodies.entries()) {
          const message: Message = { ...head, ...body }
          const bytes = encodeMessage(message).length
          expect(bytes, 'encoded').to.be.at.most(MAX_BYTES)
          expect(messageWeight(message), 'weight').to.be.at.least(bytes)
          expect(named[n]?.length, 'names').to.be.within(1, MAX_NAMES)
        }
        expect(named.flat().length).to.equal(expected.size)
        expect(new Set(named.flat())).to.deep.equal(expected)
      }),
      { numRuns: 20 },
    )
  })
})
