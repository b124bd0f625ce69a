import { monotonicClock } from '@rescind/options'
import { eventually, type FaultProxy, type RedisServer, rejection, startProxy, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import type { PublishOptions, Receipt } from './broadcaster.ts'
import type { Bus } from './bus.ts'
import type { BusOptions } from './bus-options.ts'
import type { Confirmation } from './confirmer.ts'
import { ClosedError, ConfirmFailedError } from './errors.ts'
import { type Member, Members } from './fixtures/members.ts'
import { busNames } from './names.ts'
import type { Publisher } from './publisher.ts'

const B = 400
const STRICT: Partial<BusOptions> = { strict: true, maxStaleness: B, heartbeat: 50, redisTimeout: '2s' }
/** Far more than it takes, and less than a wait for somebody silent. */
const PROMPT_MS = B / 2
/** What a busy machine may add to a wait. */
const SLACK_MS = 300

describe('A confirmed invalidation', () => {
  let redis: RedisServer
  let link: FaultProxy
  let members: Members

  before(async () => {
    redis = await startRedis()
    link = await startProxy(redis)
  })
  after(async () => {
    await link.close()
    await redis.stop()
  })
  beforeEach(() => {
    members = new Members()
  })
  afterEach(async () => {
    link.heal()
    link.cut()
    await members.close()
  })

  const direct = (options: Partial<BusOptions> = {}) => members.start({ ...STRICT, redis: redis.url, ...options })
  const viaLink = (options: Partial<BusOptions> = {}) => direct({ redis: link.url, ...options })
  const confirmed = { confirm: true } as const
  const confirm = async (by: Pick<Bus, 'invalidate'> | Publisher, key = 'x'): Promise<Confirmation> => {
    const { confirmation } = await by.invalidate({ region: 'r', keys: [key] }, confirmed)
    return confirmation ?? { answered: [], waitedOut: [], ms: Number.NaN }
  }
  /** A member has watched the history for long enough. */
  const settled = () =>
    eventually(async () => expect(await redis.command('HEXISTS', busNames(members.name).meta, 'settled')).to.equal(1))
  const ids = (...all: Member[]) => all.map(({ bus }) => bus.nodeId)
  const isPrompt = ({ ms, waitedOut }: Confirmation) => {
    expect(waitedOut).to.deep.equal([])
    expect(ms).to.be.below(PROMPT_MS)
  }
  const hasWaited = ({ ms }: Confirmation) => expect(ms).to.be.within(B, B + SLACK_MS)

  it('resolves at once when every other member has applied it, whatever it says, and names them all', async () => {
    const all = [await direct(), await viaLink(), await direct({ heartbeat: '200ms' })] as const
    const [{ bus }, b, c] = all
    await settled()
    const ways: ((options: PublishOptions) => Promise<Receipt>)[] = [
      (options) => bus.invalidate({ region: 'r', keys: ['1', '2'] }, options),
      (options) => bus.invalidateTags(['t'], options),
      (options) => bus.clear(['r'], options),
      (options) => bus.bump({ region: 'r', versions: { 1: 7 } }, options),
      (options) => bus.clearAll(options),
      (options) => bus.invalidate({ region: 'r', keys: ['3'] }, options),
    ]
    for (const way of ways) {
      const { confirmation, position } = await way(confirmed)
      expect([b.bus.position, c.bus.position]).to.deep.equal([position, position])
      expect(confirmation?.answered).to.have.members(ids(b, c))
      isPrompt(confirmation as Confirmation)
    }
    for (const { heard, flushes } of [b, c]) {
      expect(heard).to.deep.equal(['1', '2', 't', 'r', '1@7', '3'])
      expect(flushes).to.deep.equal(['joined', 'cleared'])
    }
  })

  it('is the publisher’s as well, which is no member and knows no epoch', async () => {
    const [a, b] = [await direct(), await viaLink()]
    await settled()
    const publisher = members.publisher({ strict: true, maxStaleness: B, redis: redis.url })
    for (const key of ['1', '2']) {
      const confirmation = await confirm(publisher, key)
      expect(confirmation.answered).to.have.members(ids(a, b))
      expect([a.heard.at(-1), b.heard.at(-1)]).to.deep.equal([key, key])
      isPrompt(confirmation)
    }
  })

  it('waits the bound for a member that is cut off, and names it; its proof has run out by then', async () => {
    const [a, b, c] = [await direct(), await viaLink(), await direct()]
    await settled()
    link.blackhole()
    const confirmation = await confirm(a.bus)
    expect(monotonicClock() - b.bus.provenAt).to.be.above(B)
    expect(confirmation).to.deep.include({ answered: ids(c), waitedOut: ids(b) })
    expect([b.heard, c.heard]).to.deep.equal([[], ['x']])
    hasWaited(confirmation)
  })

  it('waits for a member that hears everything and cannot say so', async () => {
    const [a, b] = [await direct(), await viaLink()]
    await settled()
    link.blackhole('upstream')
    const confirmation = await confirm(a.bus)
    expect(confirmation).to.deep.include({ answered: [], waitedOut: ids(b) })
    hasWaited(confirmation)
  })

  it('does not wait for a member that has closed', async () => {
    const [a, b] = [await direct(), await viaLink()]
    await settled()
    await b.bus.close()
    const confirmation = await confirm(a.bus)
    expect(confirmation.answered).to.deep.equal([])
    isPrompt(confirmation)
  })

  it('does not wait any more for a member that was lost twice the bound ago', async () => {
    const [a, b, c] = [await direct(), await viaLink(), await direct()]
    await settled()
    link.refuse()
    link.cut()
    const since = performance.now()
    expect((await confirm(a.bus)).waitedOut).to.deep.equal(ids(b))
    await eventually(async () => {
      const confirmation = await confirm(a.bus)
      expect(confirmation.answered).to.deep.equal(ids(c))
      isPrompt(confirmation)
    })
    // Its last beat was a little before it was cut off.
    expect(performance.now() - since).to.be.above(2 * B - 100)
  })

  it('is answered again by a member that was forgotten and came back', async () => {
    const [a, b] = [await direct(), await viaLink()]
    await settled()
    link.refuse()
    link.cut()
    await eventually(async () => isPrompt(await confirm(a.bus)))
    link.heal()
    await eventually(() => expect(b.bus.status).to.equal('live'))
    const confirmation = await confirm(a.bus, 'back')
    expect(confirmation.answered).to.deep.equal(ids(b))
    expect(b.heard.at(-1)).to.equal('back')
    isPrompt(confirmation)
  })

  for (const [what, begin] of [
    ['lost everything', () => redis.command('FLUSHALL')],
    ['was restarted', () => redis.restart()],
  ] as const) {
    it(`waits the bound in a new history, since Redis ${what}, until a member has watched that for twice the bound`, async () => {
      const [a, b] = [await direct(), await direct()]
      await settled()
      isPrompt(await confirm(a.bus))
      const since = performance.now()
      await begin()
      for (const { bus, flushes } of [a, b]) {
        await eventually(() => expect(flushes).to.deep.equal(['joined', 'epoch']))
        await eventually(() => expect(bus.status).to.equal('live'))
      }
      const confirmation = await confirm(a.bus)
      expect(confirmation).to.deep.include({ answered: ids(b), waitedOut: [] })
      hasWaited(confirmation)
      await eventually(async () => isPrompt(await confirm(a.bus)))
      // Its last beat was a little before it was cut off.
      expect(performance.now() - since).to.be.above(2 * B - 100)
    })
  }

  it('ends after the bound though its connection was lost meanwhile', async () => {
    const [silent, a, writer] = [await viaLink(), await direct(), await startProxy(redis)]
    const publisher = members.publisher({ strict: true, maxStaleness: B, redis: writer.url, redisTimeout: '2s' })
    await settled()
    await confirm(publisher)
    link.blackhole()
    const confirming = confirm(publisher, 'y')
    await eventually(() => expect(a.heard).to.deep.equal(['x', 'y']))
    writer.blackhole()
    const confirmation = await confirming
    hasWaited(confirmation)
    expect(monotonicClock() - silent.bus.provenAt).to.be.above(B)
    await writer.close()
  })

  it('rejects when its member or publisher is closed meanwhile', async () => {
    const [a, b] = [await direct(), await viaLink()]
    await settled()
    const publisher = members.publisher({ strict: true, maxStaleness: '1m', redis: redis.url })
    await confirm(publisher, 'first')
    link.blackhole('upstream')
    for (const [by, key] of [
      [publisher, 'y'],
      [a.bus, 'z'],
    ] as const) {
      const rejected = rejection(confirm(by, key))
      await eventually(() => expect(b.heard.at(-1)).to.equal(key))
      await by.close()
      expect(await rejected).to.be.instanceOf(ClosedError)
    }
  })

  it('is asked for in vain where the bus is not strict, and nothing is sent', async () => {
    const [loose, b] = [await direct({ strict: false }), await direct()]
    const publisher = members.publisher({ redis: redis.url })
    for (const by of [loose.bus, publisher]) {
      const error = await rejection(confirm(by))
      expect(error.name).to.equal('InvalidArgumentError')
      expect(error.message).to.match(/^confirm .*strict: true/)
    }
    await loose.bus.invalidate({ region: 'r', keys: ['y'] }, { confirm: false })
    await eventually(() => expect(b.heard).to.deep.equal(['y']))
  })

  it('rejects where a member is not strict, and names it: it may serve what it loads for as long as it likes', async () => {
    const [a, loose, b] = [await direct(), await direct({ strict: false }), await direct()]
    const error = await rejection(confirm(a.bus))
    expect(error).to.be.instanceOf(ConfirmFailedError)
    expect(error).to.include({ memberId: loose.bus.nodeId })
    await eventually(() => expect([loose.heard, b.heard]).to.deep.equal([['x'], ['x']]))
    await loose.bus.close()
    await settled()
    expect((await confirm(a.bus)).answered).to.deep.equal(ids(b))
  })

  it('is not held up by members that join meanwhile, nor by a clearing of everything', async () => {
    const [a, silent] = [await direct(), await viaLink()]
    await settled()
    link.blackhole('upstream')
    const confirming = confirm(a.bus)
    await eventually(() => expect(silent.heard).to.deep.equal(['x']))
    const newcomer = await direct()
    await newcomer.bus.clearAll()
    const confirmation = await confirming
    expect(confirmation).to.deep.include({ answered: ids(newcomer), waitedOut: ids(silent) })
    hasWaited(confirmation)
  })

  it('is answered at once by all, when many are confirmed at the same time', async () => {
    const [a, b, c] = [await direct(), await viaLink(), await direct()]
    await settled()
    const all = await Promise.all(
      [a, b, c].flatMap(({ bus }) => Array.from({ length: 50 }, (_, n) => confirm(bus, `${n}`))),
    )
    for (const { answered, waitedOut } of all) {
      expect([answered.length, waitedOut]).to.deep.equal([2, []])
    }
  })
})
