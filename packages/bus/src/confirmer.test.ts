import { rejection } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import sinon, { type SinonFakeTimers } from 'sinon'
import { type Confirmation, Confirmer } from './confirmer.ts'
import { ClosedError, ConfirmFailedError } from './errors.ts'
import type { Position } from './position.ts'
import type { Member, Membership, Session } from './transport.ts'

const B = 1_000
const AT: Position = { epoch: 7, seq: 5 }

describe('Confirmer', () => {
  let clock: SinonFakeTimers
  let confirmer: Confirmer
  /** What the next looks at the members come to. */
  let look: (() => Promise<Membership>) | undefined
  let looks: number[]
  let settled: boolean
  let members: Member[]

  beforeEach(() => {
    clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    looks = []
    settled = true
    members = []
    look = async () => ({ position: AT, settled, members })
    const session: Pick<Session, 'members'> = {
      members: (knownEpoch) => {
        looks.push(knownEpoch)
        return look?.() ?? Promise.reject(new Error('lost'))
      },
    }
    confirmer = new Confirmer({
      self: 'self',
      boundMs: B,
      clock: () => clock.now,
      session: () => (look ? (session as Session) : undefined),
      knownEpoch: () => 3,
    })
  })
  afterEach(() => {
    // Whatever a test began, nothing is left behind.
    expect(clock.countTimers()).to.equal(0)
    clock.restore()
  })

  const member = (id: string, applied: string, boundMs: number | string = B): Member => {
    return { id, mark: `1 ${applied} ${boundMs}` }
  }
  /** What comes of a confirmation, as soon as there is something. */
  const begin = (position = AT) => {
    const outcome: { value?: Confirmation } = {}
    const done = confirmer.confirm(position).then((value) => {
      outcome.value = value
    })
    return { outcome, done }
  }

  it('resolves at once where nobody else is, in a history that was watched for long enough', async () => {
    members = [member('self', '-')]
    const { outcome } = begin()
    await clock.tickAsync(0)
    expect(outcome.value).to.deep.equal({ answered: [], waitedOut: [], ms: 0 })
    expect(looks).to.deep.equal([3])
  })

  it('waits until every member has applied the message or a later one, and names them', async () => {
    members = [member('n', '7-5'), member('m', '7-4'), member('new', '-')]
    const { outcome } = begin()
    await clock.tickAsync(40)
    expect(outcome).to.deep.equal({})
    members = [member('n', '7-5'), member('m', '8-0'), member('new', '-')]
    await clock.tickAsync(40)
    expect(outcome).to.deep.equal({})
    members = [member('n', '7-5'), member('m', '8-0'), member('new', '7-6')]
    await clock.tickAsync(40)
    expect(outcome.value?.answered).to.deep.equal(['n', 'm', 'new'])
    expect(outcome.value).to.deep.include({ waitedOut: [] })
    expect(outcome.value?.ms).to.be.within(80, 120)
  })

  it('looks again soon, and less often the longer it takes', async () => {
    members = [member('n', '7-4')]
    begin()
    await clock.tickAsync(0)
    const until = async (ms: number) => {
      await clock.tickAsync(ms - clock.now)
      return looks.length
    }
    expect([await until(1), await until(3), await until(7), await until(31)]).to.deep.equal([2, 3, 4, 6])
    await until(B + 1)
    expect(looks.length).to.be.within(30, 45)
  })

  it('gives a silent member the bound to stop serving, not a millisecond less, and names it', async () => {
    members = [member('n', '7-4'), member('m', '7-5')]
    const { outcome } = begin()
    await clock.tickAsync(B)
    expect(outcome).to.deep.equal({})
    await clock.tickAsync(1)
    expect(outcome.value).to.deep.equal({ answered: ['m'], waitedOut: ['n'], ms: B + 1 })
  })

  it('does not wait for a member that has left', async () => {
    members = [member('n', '7-4')]
    const { outcome } = begin()
    await clock.tickAsync(50)
    members = []
    await clock.tickAsync(50)
    expect(outcome.value).to.deep.include({ answered: [], waitedOut: [] })
  })

  it('gives a silent member its own bound, whatever that of the others is', async () => {
    members = [member('long', '7-4', 3 * B), member('m', '7-5', 9 * B)]
    const { outcome } = begin()
    await clock.tickAsync(3 * B)
    expect(outcome).to.deep.equal({})
    await clock.tickAsync(1)
    expect(outcome.value).to.deep.equal({ answered: ['m'], waitedOut: ['long'], ms: 3 * B + 1 })
  })

  it('waits the bound though all have answered, in a history that may have forgotten members', async () => {
    settled = false
    members = [member('n', '7-5')]
    const { outcome } = begin()
    await clock.tickAsync(B)
    expect(outcome).to.deep.equal({})
    await clock.tickAsync(1)
    expect(outcome.value).to.deep.equal({ answered: ['n'], waitedOut: [], ms: B + 1 })
  })

  it('resolves in the middle of that wait when somebody has watched the history for long enough', async () => {
    settled = false
    const { outcome } = begin()
    await clock.tickAsync(B / 2)
    settled = true
    await clock.tickAsync(40)
    expect(outcome.value?.ms).to.be.within(B / 2, B / 2 + 40)
  })

  it('waits the longest bound that it has ever seen, in a history that may have forgotten whose it was', async () => {
    members = [member('long', '7-5', 4 * B)]
    const first = begin()
    await clock.tickAsync(0)
    expect(first.outcome.value?.answered).to.deep.equal(['long'])
    settled = false
    members = []
    const { outcome } = begin()
    await clock.tickAsync(4 * B)
    expect(outcome).to.deep.equal({})
    await clock.tickAsync(1)
    expect(outcome.value).to.deep.equal({ answered: [], waitedOut: [], ms: 4 * B + 1 })
  })

  it('begins the wait for all with the acknowledgement, also when a new history begins meanwhile', async () => {
    members = [member('n', '7-4')]
    const { outcome } = begin()
    await clock.tickAsync(B / 2)
    settled = false
    members = [member('n', '9-0')]
    await clock.tickAsync(B / 2)
    expect(outcome).to.deep.equal({})
    await clock.tickAsync(1)
    expect(outcome.value).to.deep.equal({ answered: ['n'], waitedOut: [], ms: B + 1 })
  })

  it('does not take a member of an older epoch for one that has applied it, however far it got there', async () => {
    members = [member('n', '6-999')]
    const { outcome } = begin()
    await clock.tickAsync(B + 1)
    expect(outcome.value?.waitedOut).to.deep.equal(['n'])
  })

  for (const [what, fails] of [
    ['there is no connection', undefined],
    ['every look fails', () => Promise.reject(new Error('refused'))],
    ['no look is answered', () => new Promise<never>(() => undefined)],
  ] as const) {
    it(`ends after the bound when ${what}: whoever has no proof has stopped serving by then`, async () => {
      look = fails
      const { outcome } = begin()
      await clock.tickAsync(B)
      expect(outcome).to.deep.equal({})
      await clock.tickAsync(2)
      expect(outcome.value).to.deep.include({ answered: [], waitedOut: [] })
    })
  }

  it('goes by what it saw last when the connection is lost meanwhile', async () => {
    members = [member('n', '7-4', 2 * B), member('m', '7-5')]
    const { outcome } = begin()
    await clock.tickAsync(50)
    look = undefined
    await clock.tickAsync(2 * B - 50)
    expect(outcome).to.deep.equal({})
    await clock.tickAsync(2)
    expect(outcome.value).to.deep.include({ answered: ['m'], waitedOut: ['n'] })
  })

  for (const mark of ['1 7-5 0', '1 7-5', '1 7-5 soon', '1 7-5 -1']) {
    it(`rejects, and names the member, where one is not strict, or does not say so: «${mark}»`, async () => {
      members = [member('strict', '7-5'), { id: 'loose', mark }]
      const error = await rejection(confirmer.confirm(AT))
      expect(error).to.be.instanceOf(ConfirmFailedError)
      expect(error).to.include({ code: 'RESCIND_CONFIRM_FAILED', memberId: 'loose' })
    })
  }

  it('rejects when it is closed, at once, be it in a pause or in a look that is not answered', async () => {
    members = [member('n', '7-4')]
    const inPause = rejection(confirmer.confirm(AT))
    await clock.tickAsync(200)
    look = () => new Promise<never>(() => undefined)
    const inLook = rejection(confirmer.confirm(AT))
    await clock.tickAsync(0)
    confirmer.close()
    expect(clock.countTimers()).to.equal(0)
    for (const rejected of [inPause, inLook]) {
      expect(await rejected).to.be.instanceOf(ClosedError)
    }
    const late = rejection(confirmer.confirm(AT))
    await clock.tickAsync(0)
    expect(await late).to.be.instanceOf(ClosedError)
  })
})
