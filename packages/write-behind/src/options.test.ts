import { createCache, InvalidArgumentError, MemoryHub } from '@rescind/client'
import { rejection } from '@rescind/testbed'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createWriteBehind } from './write-behind.ts'
import type { WriteBehindOptions } from './write-behind-options.ts'

const sound = { name: 'shop', redis: 'redis://127.0.0.1:1', load: () => 1 }

function create(more: object, region = 'r') {
  const cache = createCache({ name: 'shop', hub: new MemoryHub() })
  return createWriteBehind(cache, region, { ...sound, ...more } as WriteBehindOptions<number>)
}

describe('The options of write-behind', () => {
  const refused: [what: string, more: object, message: RegExp][] = [
    ['a misspelt one', { bachSize: 1 }, /batchSize/],
    ['no Redis', { redis: undefined }, /redis must be where Redis is/],
    ['a wrong Redis', { redis: 'http://host' }, /redis must be a URL/],
    ['a wrong name', { name: 'a b' }, /name must be/],
    ['a save that is none', { save: 'save' }, /save must be a function/],
    ['an onEvent that is none', { onEvent: true }, /onEvent must be a function/],
    ['no batch', { batchSize: 0 }, /batchSize must be a whole number from 1 to 1000/],
    ['no try', { maxAttempts: 0 }, /maxAttempts must be/],
    ['no room', { maxPending: 0 }, /maxPending must be/],
    ['a pause that shrinks', { retryPause: '1m', maxRetryPause: '1s' }, /maxRetryPause must be a duration from 60000/],
    ['a wrong time', { saveTimeout: 'soon' }, /saveTimeout must be a duration/],
    ['another way out', { whenUnreachable: 'wait' }, /whenUnreachable must be 'fail' or 'source'/],
    ['a region without a loader', { load: undefined }, /load must be a function/],
    ['a wrong option of the region', { ttl: -1 }, /ttl must be a duration/],
  ]
  for (const [what, more, message] of refused) {
    it(`refuse ${what}, and say what to change`, () => {
      expect(() => create(more)).to.throw(InvalidArgumentError, message)
    })
  }

  it('refuse a region that has no name, or has been defined, and a cache that is none', () => {
    expect(() => create({}, 'a b')).to.throw(InvalidArgumentError, /region must be/)
    const cache = createCache({ name: 'shop', hub: new MemoryHub() })
    createWriteBehind(cache, 'r', sound)
    expect(() => createWriteBehind(cache, 'r', sound)).to.throw(InvalidArgumentError, /not in use/)
    expect(() => createWriteBehind({} as typeof cache, 'r', sound)).to.throw(InvalidArgumentError, /createCache/)
  })

  it('need nothing else, and do nothing by themselves', async () => {
    const behind = create({})
    expect(behind.stats()).to.deep.equal({
      acknowledged: 0,
      coalesced: 0,
      refused: 0,
      saved: 0,
      failures: 0,
      retries: 0,
      dead: 0,
      inFlight: 0,
    })
    await behind.close()
    await behind[Symbol.asyncDispose]()
  })
})

describe('The arguments of write-behind', () => {
  it('are refused before anything is asked of Redis', async () => {
    const behind = create({})
    const calls: Promise<unknown>[] = [
      behind.set('\ud800', 1),
      behind.set(5 as unknown as string, 1),
      behind.flush({ timeout: -1 }),
      behind.flush({ within: 1 } as object),
      behind.deadLetters({ count: 0 }),
      behind.deadLetters({ after: 'the last' }),
      behind.discard('1-1' as unknown as string[]),
      behind.discard(['*']),
    ]
    for (const call of calls) {
      expect(await rejection(call)).to.be.instanceOf(InvalidArgumentError)
    }
    await behind.close()
  })
})
