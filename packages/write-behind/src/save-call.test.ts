import { expect } from 'chai'
import { describe, it } from 'mocha'
import { callSave } from './save-call.ts'
import type { Save } from './write.ts'

const writes = ['a', 'b'].map((id, n) => ({ id, value: n, sequence: n }))
const about = { region: 'r', timeoutMs: 60_000 }
const error = new Error('refused')

describe('A call of save', () => {
  it('has saved all when it returns nothing, and all but those of which it returns errors', async () => {
    const save: Save<number>[] = [() => undefined, async () => {}, () => new Map()]
    for (const one of save) {
      expect(await callSave(one, writes, about)).to.deep.equal({ failures: new Map(), all: false })
    }
    const some = await callSave(async () => new Map([['b', error]]), writes, about)
    expect(some).to.deep.equal({ failures: new Map([['b', error]]), all: false })
  })

  it('has saved nothing when it throws, at once or later, whatever it throws', async () => {
    const all = new Map(writes.map(({ id }) => [id, error]))
    const thrown = (): undefined => {
      throw error
    }
    expect(await callSave(thrown, writes, about)).to.deep.equal({ failures: all, all: true })
    expect(await callSave(async () => thrown(), writes, about)).to.deep.equal({ failures: all, all: true })
    const { failures } = await callSave(async () => Promise.reject<undefined>(undefined), writes, about)
    expect([...failures]).to.deep.equal([
      ['a', undefined],
      ['b', undefined],
    ])
  })

  it('is over after its time, and what it throws later is nobody’s', async () => {
    let reject: (error: Error) => void = () => {}
    const late = new Promise<undefined>((_, fail) => {
      reject = fail
    })
    let signal: AbortSignal | undefined
    const outcome = await callSave(
      (_, context) => {
        signal = context.signal
        return late
      },
      writes,
      { region: 'r', timeoutMs: 10 },
    )
    expect(outcome.all).to.equal(true)
    expect(outcome.failures.get('a')).to.have.property('code', 'RESCIND_BATCH_TIMEOUT')
    expect(signal?.reason).to.equal(outcome.failures.get('a'))
    reject(error)
    await new Promise(setImmediate)
  })
})
