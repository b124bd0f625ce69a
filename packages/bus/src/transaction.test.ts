import { InvalidArgumentError } from '@rescind/options'
import { rejection } from '@rescind/testbed'
import { expect } from 'chai'
import { beforeEach, describe, it } from 'mocha'
import { type Body, MAX_NAMES } from './batch.ts'
import { Broadcaster } from './broadcaster.ts'
import { ClosedError } from './errors.ts'
import type { Message } from './message.ts'
import type { Transaction } from './notes.ts'
import { formatToken } from './token.ts'

describe('A transaction', () => {
  const chain = 'abcdef0123456789'
  let published: Message[]
  let refused: Error | undefined
  let broadcaster: Broadcaster

  beforeEach(() => {
    published = []
    refused = undefined
    const publish = async (message: Message) => {
      if (refused) throw refused
      published.push(message)
      return { position: { epoch: 36, seq: published.length }, chain }
    }
    broadcaster = new Broadcaster('me', publish, undefined)
  })

  const bodies = () => published.map(({ id, origin, sentAt, confirm, ...body }) => body)

  it('says all that was noted once its work has resolved, in one message of each kind, and each name once', async () => {
    const { result, receipt } = await broadcaster.transaction(async (tx) => {
      tx.invalidate({ region: 'r', keys: ['a', 'b'] })
      tx.invalidateTags(['t'])
      await Promise.resolve()
      broadcaster.flush()
      expect(published).to.deep.equal([])
      tx.invalidate({ region: 's', keys: ['a'] })
      tx.invalidate({ region: 'r', keys: ['b', 'c'] })
      tx.clear(['q'])
      tx.bump({ region: 'r', versions: { a: 7, b: 2 } })
      tx.bump({ region: 'r', versions: new Map([['a', 5n]]) })
      return 'committed'
    })
    expect(result).to.equal('committed')
    expect(bodies()).to.deep.equal([
      {
        kind: 'invalidate',
        items: [
          { region: 'r', keys: ['a', 'b', 'c'] },
          { region: 's', keys: ['a'] },
        ],
      },
      { kind: 'invalidate-tags', tags: ['t'] },
      { kind: 'clear', regions: ['q'] },
      {
        kind: 'bump',
        items: [
          {
            region: 'r',
            versions: new Map([
              ['a', 7n],
              ['b', 2n],
            ]),
          },
        ],
      },
    ])
    expect(receipt).to.deep.include({ position: { epoch: 36, seq: 4 } })
    expect(receipt?.token).to.equal(formatToken({ position: { epoch: 36, seq: 4 }, chain }))
  })

  it('shares its messages with what else is called in the turn of its commit', async () => {
    const transaction = broadcaster.transaction((tx) => tx.invalidate({ region: 'r', keys: ['a'] }))
    await Promise.all([transaction, broadcaster.invalidate({ region: 'r', keys: ['b'] })])
    expect(bodies()).to.have.lengthOf(1)
  })

  it('says nothing if its work throws, and rejects with the same error', async () => {
    const rolledBack = new Error('deadlock detected')
    for (const fail of [() => Promise.reject(rolledBack), () => broadcaster.clear([])]) {
      let unheard = false
      const error = await rejection(
        broadcaster.transaction(
          (tx) => {
            tx.clearAll()
            return fail()
          },
          undefined,
          () => {
            unheard = true
          },
        ),
      )
      expect(error).to.satisfy((e: unknown) => e === rolledBack || e instanceof InvalidArgumentError)
      broadcaster.flush()
      expect([published, unheard]).to.deep.equal([[], false])
    }
  })

  it('says nothing, and has no receipt, where nothing was noted', async () => {
    expect(await broadcaster.transaction(() => 42)).to.deep.equal({ result: 42, receipt: undefined })
    expect(published).to.deep.equal([])
  })

  it('refuses what is wrong at the call that notes it, while the work can still be undone', async () => {
    await broadcaster.transaction((tx) => {
      expect(() => tx.invalidate({ region: 'r', keys: [] })).to.throw(InvalidArgumentError, /^keys must be/)
      expect(() => tx.invalidateTags([42 as never])).to.throw(InvalidArgumentError, /^each of tags must be/)
      expect(() => tx.clear(['r:x'])).to.throw(InvalidArgumentError, /^each of regions must be/)
      expect(() => tx.bump({ region: 'r', versions: { x: -1 } })).to.throw(
        InvalidArgumentError,
        /^each version must be/,
      )
    })
    expect(published).to.deep.equal([])
  })

  it('refuses options and work that are none before anything is done', async () => {
    let begun = false
    const work = () => {
      begun = true
    }
    const confirm = await rejection(broadcaster.transaction(work, { confirm: true }))
    expect(confirm).to.be.instanceOf(InvalidArgumentError).and.to.include({ argument: 'confirm' })
    const misspelt = await rejection(broadcaster.transaction(work, { confirmed: true } as never))
    expect(misspelt).to.include({ argument: 'options' })
    expect(await rejection(broadcaster.transaction('work' as never))).to.include({ argument: 'work' })
    expect(begun).to.equal(false)
  })

  it('takes note of names as they are at the call, whatever becomes of the array', async () => {
    const keys = ['a']
    await broadcaster.transaction((tx) => {
      tx.invalidate({ region: 'r', keys })
      keys[0] = 'b'
    })
    expect(bodies()).to.deep.equal([{ kind: 'invalidate', items: [{ region: 'r', keys: ['a'] }] }])
  })

  it('takes nothing more when it is over, since nobody would say it', async () => {
    let kept: Transaction | undefined
    await broadcaster.transaction((tx) => {
      kept = tx
      tx.clearAll()
    })
    expect(() => kept?.clearAll()).to.throw(ClosedError, 'The transaction is closed')
    await rejection(
      broadcaster.transaction((tx) => {
        kept = tx
        throw new Error('rolled back')
      }),
    )
    expect(() => kept?.clear(['r'])).to.throw(ClosedError)
  })

  it('rejects as any call does where it cannot be said after the commit, and tells what was not heard', async () => {
    refused = new Error('refused')
    let unheard: readonly Body[] = []
    const error = await rejection(
      broadcaster.transaction(
        (tx) => {
          tx.clear(['r'])
          tx.invalidateTags(['t'])
        },
        undefined,
        (noted) => {
          unheard = noted
        },
      ),
    )
    expect(error).to.equal(refused)
    expect(unheard).to.deep.equal([
      { kind: 'clear', regions: ['r'] },
      { kind: 'invalidate-tags', tags: ['t'] },
    ])
  })

  it('is split into as many messages as its names need, and its receipt is of the last', async () => {
    const { receipt } = await broadcaster.transaction((tx) => {
      for (let n = 0; n < 3; n += 1) {
        tx.invalidate({ region: 'r', keys: Array.from({ length: MAX_NAMES }, (_, key) => `${n} ${key}`) })
      }
    })
    expect(published).to.have.lengthOf(3)
    expect(receipt?.position.seq).to.equal(3)
  })
})
