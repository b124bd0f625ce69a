import { Closing } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, describe, it } from 'mocha'
import { useFakeTimers } from 'sinon'
import { createCache } from './cache.ts'
import { InvalidArgumentError, MemoryHub } from './index.ts'

describe('A wrapped function', () => {
  const closing = new Closing()
  const setUp = () => closing.add(createCache({ name: 'test', hub: new MemoryHub() }))

  afterEach(() => closing.all())

  it('is called once for equal arguments, at the same time or one after the other, and again for others', async () => {
    const calls: unknown[][] = []
    const add = setUp().wrap('add', async (a: number, b: { readonly c: number; readonly d?: number }) => {
      calls.push([a, b])
      return a + b.c
    })
    expect(await Promise.all([add(1, { c: 2 }), add(1, { c: 2, d: undefined as unknown as number })])).to.deep.equal([
      3, 3,
    ])
    expect(await add(1, { c: 2 })).to.equal(3)
    expect(await add(1, { c: 2, d: 0 })).to.equal(3)
    expect(await add(2, { c: 2 })).to.equal(4)
    expect(calls).to.deep.equal([
      [1, { c: 2 }],
      [1, { c: 2, d: 0 }],
      [2, { c: 2 }],
    ])
  })

  it('may return at once, take no arguments, and find nothing', async () => {
    let calls = 0
    const none = setUp().wrap('none', () => {
      calls += 1
      return undefined
    })
    expect([await none(), await none()]).to.deep.equal([undefined, undefined])
    expect(calls).to.equal(1)
  })

  it('gives what was thrown, and remembers no failure', async () => {
    const failing = setUp().wrap<[], number>('failing', () => {
      calls += 1
      throw new RangeError(`call ${calls}`)
    })
    let calls = 0
    for (const call of ['call 1', 'call 2']) {
      const error = await failing().catch((reason: unknown) => reason)
      expect(error).to.be.instanceOf(RangeError).and.to.have.property('message', call)
    }
  })

  it('forgets by arguments, by tag and as a whole, in every process', async () => {
    const hub = new MemoryHub()
    const caches = [0, 1].map(() => closing.add(createCache({ name: 'test', hub })))
    let source = 0
    const wrapped = caches.map((cache) =>
      cache.wrap('double', async (n: number) => `${2 * n}, ${source}`, { tags: () => ['tag'] }),
    )
    const [own, other] = wrapped
    if (!own || !other) {
      throw new Error('Not set up')
    }
    const forget = [() => own.invalidate([4]), () => caches[0]?.invalidateTags(['tag']), () => own.clear()]
    for (const way of forget) {
      const expected = [`8, ${source}`, `10, ${source}`]
      expect([await other(4), await other(5)]).to.deep.equal(expected)
      expect(await other(4)).to.equal(expected[0])
      expect(other.peek(4)).to.equal(expected[0])
      source += 1
      await way()
      expect(other.peek(4)).to.equal(undefined)
      expect(other.peek(5)).to.equal(way === forget[0] ? expected[1] : undefined)
      expect(await other(4)).to.equal(`8, ${source}`)
      await own.clear()
    }
  })

  it('goes by the key that it is given', async () => {
    class User {
      readonly id: string
      constructor(id: string) {
        this.id = id
      }
    }
    let calls = 0
    const greet = setUp().wrap('greet', async (user: User, _request: object) => `${++calls}: ${user.id}`, {
      key: (user) => user.id,
      ttl: '1m',
    })
    expect(await greet(new User('a'), {})).to.equal('1: a')
    expect(await greet(new User('a'), new Map())).to.equal('1: a')
    expect(greet.key(new User('a'), {})).to.equal('a')
    await greet.invalidate([new User('a'), {}])
    expect(await greet(new User('a'), {})).to.equal('2: a')
  })

  it('rejects, and does not throw, for arguments without a key, and for a key that is none', async () => {
    const cache = setUp()
    const wrapped = cache.wrap('one', async (_: unknown) => 1)
    const other = cache.wrap('two', async (_: unknown) => 1, { key: () => 7 as unknown as string })
    for (const call of [wrapped(() => 1), other(1), wrapped.invalidate([() => 1])]) {
      expect(await call.catch((error: unknown) => error)).to.be.instanceOf(InvalidArgumentError)
    }
  })

  it('knows the types of its function', async () => {
    const cache = setUp()
    const length = cache.wrap('length', (text: string) => text.length)
    const one: number = await length('a')
    const peeked: number | undefined = length.peek('a')
    // @ts-expect-error another argument
    expect(await length(1)).to.equal(undefined)
    // @ts-expect-error one too few
    expect(await length().catch((error: unknown) => error)).to.be.instanceOf(TypeError)
    // @ts-expect-error another result
    const text: string = await length('a')
    // @ts-expect-error arguments come as a tuple
    await length.invalidate('a').catch(() => undefined)
    // @ts-expect-error a wrapped function is its own loader
    expect(() => cache.wrap('a', (text: string) => text, { load: () => '' })).to.throw(InvalidArgumentError)
    // @ts-expect-error misspelt
    expect(() => cache.wrap('b', (text: string) => text, { tttl: 1 })).to.throw(InvalidArgumentError)
    // @ts-expect-error the key of other arguments
    cache.wrap('c', (text: string) => text, { key: (n: number) => `${n}` })
    expect([one, peeked, text]).to.deep.equal([1, 1, 1])
  })

  it('is refused at the door when it is no function, or its options are none', () => {
    const cache = setUp()
    const fn = async () => 1
    const bad: readonly (readonly [attempt: () => unknown, message: string])[] = [
      [() => cache.wrap('r', 1 as never), 'fn must be a function'],
      [() => cache.wrap('r', fn, { key: 'id' as never }), 'key must be a function that returns the key'],
      [() => cache.wrap('r', fn, null as never), 'options of wrap must be an object'],
      [() => cache.wrap('r', fn, { loadMany: fn } as never), 'options of wrap must be options among key, ttl'],
      [() => cache.wrap('r', fn, { ttl: 0 }), 'ttl must be'],
      [() => cache.wrap('no name', fn), 'region must be 1 to 64 letters'],
    ]
    for (const [attempt, message] of bad) {
      expect(attempt, message).to.throw(InvalidArgumentError, message)
    }
    cache.wrap('r', fn)
    expect(() => cache.wrap('r', fn)).to.throw(InvalidArgumentError, 'a name that is not in use')
  })

  it('is refreshed in the background with the arguments of the call that found it due', async () => {
    const clock = useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
    })
    try {
      const calls: string[] = []
      const shout = setUp().wrap(
        'shout',
        async (text: string) => {
          calls.push(text)
          return `${text.toUpperCase()} ${calls.length}`
        },
        { ttl: '1s', refreshAhead: 0.5, ttlJitter: 0 },
      )
      expect(await shout('a')).to.equal('A 1')
      await clock.tickAsync(499)
      expect(await shout('a')).to.equal('A 1')
      await clock.tickAsync(1)
      expect(await shout('a')).to.equal('A 1')
      await clock.tickAsync(0)
      expect(await shout('a')).to.equal('A 2')
      expect(calls).to.deep.equal(['a', 'a'])
    } finally {
      await closing.all()
      clock.restore()
    }
  })
})
