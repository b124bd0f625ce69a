import { rejection } from '@rescind/testbed'
import { expect } from 'chai'
import { beforeEach, describe, it } from 'mocha'
import { Announcer } from './announcer.ts'
import { type Batch, MAX_NAMES } from './batch.ts'
import type { Tail } from './log-entry.ts'
import type { Message } from './message.ts'

interface Sent {
  readonly message: Message
  readonly spare: string | undefined
  readonly resolve: (tail: Tail) => void
  readonly reject: (error: Error) => void
}

const tail = (seq: number): Tail => ({ position: { epoch: 1, seq }, chain: `chain ${seq}` })

describe('An announcer', () => {
  let sent: Sent[]
  let announcer: Announcer

  beforeEach(() => {
    sent = []
    announcer = new Announcer(
      'me',
      (message, spare) => new Promise((resolve, reject) => void sent.push({ message, spare, resolve, reject })),
    )
  })

  const call = (kind: Message['kind'], name = 'x', confirm = false) =>
    announcer.announce(kind, confirm, (batch: Batch) => batch.add(kind === 'invalidate' ? 'r' : '', name))
  /** Runs the work in a callback of the event loop, and comes back when its turn is over. */
  const inOneTurn = (work: () => void) =>
    new Promise<void>((resolve) => {
      setImmediate(() => {
        work()
        setImmediate(resolve)
      })
    })
  const messages = () => sent.map(({ message }) => message)

  it('makes one message of each kind of the calls of one turn', async () => {
    await inOneTurn(() => {
      for (let n = 0; n < 100; n += 1) {
        void call('invalidate', `${n}`)
        void call('invalidate-tags', `${n % 10}`)
      }
      expect(sent).to.deep.equal([])
    })
    const [keys, tags] = messages()
    expect(sent).to.have.lengthOf(2)
    expect(keys).to.deep.include({ kind: 'invalidate', origin: 'me', confirm: false })
    expect(keys?.kind === 'invalidate' && keys.items[0]?.keys).to.have.lengthOf(100)
    expect(tags?.kind === 'invalidate-tags' && tags.tags).to.have.lengthOf(10)
    expect(keys?.sentAt).to.be.within(Date.now() - 1_000, Date.now())
    expect(new Set(messages().map(({ id }) => id)).size).to.equal(2)
  })

  it('sends a message of its own for a key whose lease is spared, which no call of its turn shares', async () => {
    await inOneTurn(() => {
      void call('invalidate', 'a')
      void announcer.supersede('r', 'a', true, 'token')
      void call('invalidate', 'a')
    })
    const told = sent.map(({ message: { kind, confirm }, spare }) => ({ kind, confirm, spare }))
    expect(told).to.have.deep.members([
      { kind: 'invalidate', confirm: true, spare: 'token' },
      { kind: 'invalidate', confirm: false, spare: undefined },
    ])
  })

  it('makes one message of what is called after several awaits of the same turn', async () => {
    const call3 = async () => {
      void call('clear', 'first')
      await Promise.resolve()
      void call('clear', 'second')
      await (async () => undefined)()
      await Promise.resolve()
      void call('clear', 'third')
    }
    await inOneTurn(() => void call3())
    expect(messages().map((message) => message.kind === 'clear' && message.regions)).to.deep.equal([
      ['first', 'second', 'third'],
    ])
  })

  it('sends what is called in the next turn in another message', async () => {
    await inOneTurn(() => void call('clear', 'first'))
    expect(sent).to.have.lengthOf(1)
    await inOneTurn(() => void call('clear', 'second'))
    expect(sent).to.have.lengthOf(2)
  })

  it('sends a call at once where the last turn with calls had one, and what follows it at the end of its turn', async () => {
    await inOneTurn(() => {
      void call('clear', 'first')
      expect(sent).to.deep.equal([])
    })
    await inOneTurn(() => undefined)
    await inOneTurn(() => {
      void call('clear', 'second')
      expect(sent).to.have.lengthOf(2)
      void call('clear', 'third')
      void call('clear', 'fourth')
      expect(sent).to.have.lengthOf(2)
    })
    expect(messages().map((message) => message.kind === 'clear' && message.regions)).to.deep.equal([
      ['first'],
      ['second'],
      ['third', 'fourth'],
    ])
  })

  it('sends nothing at once after a turn with several calls, of whatever kinds, until one call is alone again', async () => {
    await inOneTurn(() => void call('clear', 'first'))
    for (const kind of ['clear', 'invalidate'] as const) {
      await inOneTurn(() => {
        void call('clear', 'x')
        void call(kind, 'y')
      })
      sent = []
      await inOneTurn(() => {
        void call('clear', 'z')
        expect(sent).to.deep.equal([])
      })
      expect(sent).to.have.lengthOf(1)
    }
    await inOneTurn(() => {
      void call('clear', 'last')
      expect(sent).to.have.lengthOf(2)
    })
  })

  it('resolves a call that was sent at once with its own place, and asks for a confirmation only where it did', async () => {
    await inOneTurn(() => void call('clear', 'first'))
    const [second, third] = [call('clear', 'second', true), call('clear', 'third')]
    announcer.flush()
    expect(messages().map(({ confirm }) => confirm)).to.deep.equal([false, true, false])
    sent[2]?.resolve(tail(8))
    sent[1]?.resolve(tail(7))
    expect(await Promise.all([second, third])).to.deep.equal([tail(7), tail(8)])
  })

  it('sends what was called so far when it is told to, and nothing twice', async () => {
    void call('clear', 'first')
    announcer.flush()
    expect(sent).to.have.lengthOf(1)
    void call('clear', 'second')
    await inOneTurn(() => announcer.flush())
    expect(messages().map((message) => message.kind === 'clear' && message.regions)).to.deep.equal([
      ['first'],
      ['second'],
    ])
  })

  it('asks for a confirmation if one of the calls does, and only for that kind', async () => {
    await inOneTurn(() => {
      void call('clear')
      void call('clear', 'y', true)
      void call('clear', 'z')
      void call('invalidate')
    })
    expect(messages().map(({ confirm }) => confirm)).to.deep.equal([true, false])
  })

  it('resolves every call of a message with its place in the log', async () => {
    const calls = [call('clear', 'x'), call('clear', 'y'), call('clear-all')]
    announcer.flush()
    sent[1]?.resolve(tail(9))
    sent[0]?.resolve(tail(7))
    expect(await Promise.all(calls)).to.deep.equal([tail(7), tail(7), tail(9)])
  })

  it('resolves with the last place of a call that became several messages, and not before all are there', async () => {
    const settled: unknown[] = []
    const large = announcer.announce('clear', false, (batch) => {
      for (let n = 0; n < 3 * MAX_NAMES; n += 1) batch.add('', `${n}`)
    })
    void large.then((place) => settled.push(place))
    announcer.flush()
    expect(sent).to.have.lengthOf(3)
    expect(new Set(messages().map(({ id }) => id)).size).to.equal(3)
    sent[2]?.resolve(tail(5))
    sent[0]?.resolve(tail(12))
    await inOneTurn(() => expect(settled).to.deep.equal([]))
    sent[1]?.resolve(tail(8))
    expect(await large).to.deep.equal(tail(12))
  })

  it('rejects every call of a message that failed, and no call of another', async () => {
    const [a, b, other] = [call('clear', 'x'), call('clear', 'y'), call('clear-all')]
    announcer.flush()
    const error = new Error('refused')
    sent[0]?.reject(error)
    sent[1]?.resolve(tail(7))
    expect(await Promise.all([rejection(a), rejection(b)])).to.deep.equal([error, error])
    expect(await other).to.deep.equal(tail(7))
  })

  it('rejects a call that became several messages if one of them failed, and leaves no rejection to nobody', async () => {
    const large = announcer.announce('clear', false, (batch) => {
      for (let n = 0; n < 3 * MAX_NAMES; n += 1) batch.add('', `${n}`)
    })
    announcer.flush()
    for (const [n, { reject }] of sent.entries()) reject(new Error(`refused ${n}`))
    expect((await rejection(large)).message).to.equal('refused 0')
    // An unhandled rejection would fail the run.
    await inOneTurn(() => undefined)
  })
})
