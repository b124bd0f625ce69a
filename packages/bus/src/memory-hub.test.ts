import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { invalidate, Members } from './fixtures/members.ts'
import type { Tail } from './log-entry.ts'
import { MemoryHub } from './memory-hub.ts'
import type { Message } from './message.ts'

describe('MemoryHub', () => {
  let members: Members
  let hub: MemoryHub

  beforeEach(() => {
    members = new Members()
    hub = new MemoryHub()
  })
  afterEach(() => members.close())

  it('brings what one member publishes to all, before the promise resolves', async () => {
    const [a, b] = [await members.start({ hub }), await members.start({ hub })]
    await invalidate(a, '1')
    await members.publisher({ hub }).invalidateTags(['2'])
    await invalidate(b, '3')
    for (const { heard, flushes } of [a, b]) {
      expect(heard).to.deep.equal(['1', '2', '3'])
      expect(flushes).to.deep.equal(['joined'])
    }
    expect(a.bus.position).to.deep.equal({ epoch: 1, seq: 3 })
  })

  it('proves a member at once, and has no Redis to offer', async () => {
    const { bus } = await members.start({ hub })
    const since = performance.now()
    expect(await bus.prove(since, 1_000)).to.equal(true)
    expect(bus.session?.redisFor('')).to.equal(undefined)
  })

  const session = () => hub.open({ onClose: () => undefined })
  const tagged = (tags: readonly string[]): Message => ({
    kind: 'invalidate-tags',
    id: tags.join(),
    origin: 'o',
    sentAt: 0,
    confirm: false,
    tags,
  })

  it('shows the log page by page, from an entry that it still holds', async () => {
    const { append, page, beat } = await session()
    for (const tag of ['a', 'b', 'c']) {
      await append(tagged([tag]), 0, false)
    }
    const { tail } = await beat({ nodeId: 'n', knownEpoch: 0, applied: undefined, boundMs: 0, watched: '', gone: [] })
    expect(tail.position).to.deep.equal({ epoch: 1, seq: 3 })
    const tags = (await page({ epoch: 1, seq: 1 }, 2)).map(({ message }) => message?.id)
    expect(tags).to.deep.equal(['a', 'b'])
    expect(await page({ epoch: 1, seq: 9 }, 2)).to.deep.equal([])
  })

  it('reports the markers of tags, and a floor in place of those it let go', async () => {
    const { append, markers } = await session()
    const ask = (footing: Tail, tags: string[]) => markers({ footing, region: 'r', tags })
    const first = await append(tagged(['old', 'kept']), 0, false)
    await append(tagged(['kept']), 0, false)
    expect(await ask(first, ['old', 'kept', 'never'])).to.deep.equal({ region: 0, floor: 0, tags: [1, 2, 0] })
    expect(await ask({ ...first, chain: 'another' }, ['old'])).to.equal(undefined)
    await append(tagged(Array.from({ length: 99_999 }, (_, n) => `${n}`)), 0, false)
    expect(await ask(first, ['old', 'kept', '5'])).to.deep.equal({ region: 0, floor: 1, tags: [0, 2, 3] })
  })

  it('tells its members when they are closed, and nothing afterwards', async () => {
    const told: string[] = []
    const one = await hub.open({ onEntry: () => told.push('entry'), onClose: () => told.push('closed') })
    const other = await session()
    await other.append(tagged(['a']), 0, false)
    await one.close()
    await one.close()
    await other.append(tagged(['b']), 0, false)
    expect(told).to.deep.equal(['entry', 'closed'])
  })
})
