import { eventually, type FaultProxy, type RedisServer, startProxy, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { Members } from './fixtures/members.ts'
import { Layout } from './layout.ts'
import type { LiveEntry } from './log-entry.ts'
import type { Message } from './message.ts'
import { busNames, leaseKey, valueKey } from './names.ts'
import { RedisTransport } from './redis-transport.ts'
import type { Session } from './transport.ts'
import { ValueServers } from './value-servers.ts'

const TARGETS = ['a', 'b']
const layout = new Layout(TARGETS.join(','))
/** Keys of which the values belong on the first server, and on the other. */
const [onA = '', onB = ''] = TARGETS.map((name) => {
  const keys = Array.from({ length: 100 }, (_, n) => `${n}`)
  return keys.find((key) => layout.serverOf(valueKey('shop', 'r', key)) === name) ?? ''
})

const message = (id: string, ...keys: string[]): Message => ({
  kind: 'invalidate',
  id,
  origin: 'test',
  sentAt: 0,
  confirm: false,
  items: [{ region: 'r', keys }],
})

describe('A session with the log whose values are on servers of their own', () => {
  const names = busNames('shop')
  let log: RedisServer
  let servers: readonly RedisServer[]
  let transport: RedisTransport
  let session: Session
  let ownEntries: LiveEntry[]
  let troubles: Error[]

  beforeEach(async () => {
    log = await startRedis()
    servers = [await startRedis(), await startRedis()]
    ownEntries = []
    troubles = []
    const limits = { commandTimeoutMs: 200, stallTimeoutMs: 1_000, connectTimeoutMs: 1_000 }
    const targets = Object.fromEntries(TARGETS.map((name, n) => [name, servers[n]?.url ?? '']))
    transport = new RedisTransport(log.url, {
      ...limits,
      name: 'shop',
      names,
      logLength: 1_000,
      logAgeMs: 60_000,
      maxTags: 1_000,
      servers: new ValueServers({ ...limits, busName: 'shop', layout, targets }),
    })
    session = await transport.open({
      onAppended: (entry) => ownEntries.push(entry),
      onTrouble: (error) => troubles.push(error),
      onClose: () => undefined,
    })
  })
  afterEach(async () => {
    await session.close()
    await transport.close()
    await Promise.all([log, ...servers].map((server) => server.stop()))
  })

  const at = (name: string) => servers[TARGETS.indexOf(name)] as RedisServer
  const kinds = (entries: readonly LiveEntry[]) =>
    entries.map(({ message: said }) => (said?.kind === 'invalidate-tags' ? said.tags : said?.kind))

  it('has a connection for the values of each while it is there', async () => {
    const [a, b] = [onA, onB].map((key) => session.redisFor(valueKey('shop', 'r', key)))
    expect(a).to.include({ sharded: true, tag: 'rescind:server:a' })
    expect(b).to.include({ sharded: true, tag: 'rescind:server:b' })
    await at('a').kill()
    await eventually(() => expect(session.redisFor(valueKey('shop', 'r', onA))).to.equal(undefined))
    expect(session.redisFor(valueKey('shop', 'r', onB))).to.equal(b)
    expect(troubles.map((error) => error.message)).to.have.lengthOf(1)
    expect(troubles[0]?.message).to.match(/^The value server a cannot be used now/)
    await at('a').restart()
    await eventually(() => expect(session.redisFor(valueKey('shop', 'r', onA))).to.equal(a))
  })

  it('removes value and lease where they belong, before the message is appended', async () => {
    const keys = [onA, onB]
    for (const [name, key] of [
      ['a', onA],
      ['b', onB],
    ] as const) {
      await at(name).command('MSET', valueKey('shop', 'r', key), 'v', leaseKey('shop', 'r', key), 'l')
    }
    await session.append(message('m', ...keys), 0, false)
    expect(await Promise.all(servers.map((server) => server.command('DBSIZE')))).to.deep.equal([0, 0])
    expect(kinds(ownEntries)).to.deep.equal([['rescind:layout']])
  })

  it('hands over what it had to append before, in order and before the message itself', async () => {
    await at('a').kill()
    await eventually(() => expect(troubles).to.have.lengthOf(1))
    const order: string[] = []
    const appended = session.append(message('m', onA), 0, false).then((entry) => {
      order.push(...ownEntries.map(({ id }) => id), entry.id)
      return entry
    })
    const entry = await appended
    expect(kinds([...ownEntries, entry])).to.deep.equal([['rescind:server:a'], ['rescind:layout'], 'invalidate'])
    expect(ownEntries.map(({ position }) => position.seq)).to.deep.equal([1, 2])
    expect(entry.position.seq).to.equal(3)
    expect(order).to.have.lengthOf(3)
  })

  it('goes on where one refuses to remove, and tells of it once until it does', async () => {
    for (const [rule, expected] of [
      ['-unlink', 1],
      ['+unlink', 1],
      ['-unlink', 2],
    ] as const) {
      await at('a').command('ACL', 'SETUSER', 'default', rule)
      ownEntries = []
      for (const id of ['one', 'two']) {
        await session.append(message(`${expected}${rule}${id}`, onA), 0, false)
      }
      expect(troubles, rule).to.have.lengthOf(expected)
      const said = kinds(ownEntries).flat()
      expect(said.filter((tag) => tag === 'rescind:server:a')).to.have.lengthOf(rule === '-unlink' ? 2 : 0)
    }
    expect(troubles[0]).to.include({ name: 'ValueServerError', server: 'a', code: 'RESCIND_VALUE_SERVER' })
    expect(troubles[0]?.message).to.include('NOPERM')
  })

  it('says of one that cannot raise a floor that all its values are dead, and leaves them there', async () => {
    const value = valueKey('shop', 'r', onA)
    await at('a').command('SET', value, 'v')
    await at('a').command('ACL', 'SETUSER', 'default', '-evalsha', '-eval')
    const bump = { ...message('m'), kind: 'bump' as const, items: [{ region: 'r', versions: new Map([[onA, 7n]]) }] }
    const entry = await session.append(bump, 0, false)
    expect(kinds([...ownEntries, entry])).to.deep.equal([['rescind:server:a'], ['rescind:layout'], 'bump'])
    expect(await at('a').command('EXISTS', value)).to.equal(1)
  })

  it('says it again at a retry, and has the message once', async () => {
    const first = await session.append(message('m', onA), 0, false)
    await at('a').kill()
    await eventually(() => expect(troubles).to.have.lengthOf(1))
    const again = await session.append(message('m', onA), 0, true)
    expect(again.position).to.deep.equal(first.position)
    expect(kinds(ownEntries)).to.deep.equal([['rescind:layout'], ['rescind:server:a']])
    expect(await log.command('XLEN', names.log)).to.equal(4)
  })

  it('tells the layouts, and says its own where nobody has said any or it claims to', async () => {
    const beside = new Members()
    const other = beside.publisher({ name: 'shop', redis: log.url })
    await other.invalidate({ region: 'r', keys: ['x'] })
    const beat = { nodeId: 'n', knownEpoch: 0, applied: undefined, boundMs: 0, watched: '', gone: [] }
    const { tail } = await session.beat(beat)
    expect(await session.layouts({ ...tail, chain: 'another' }, true)).to.equal(undefined)
    expect(ownEntries).to.deep.equal([])
    const said = { current: 'a,b', earlier: [{ until: 2, text: '' }] }
    expect(await session.layouts(tail, false)).to.deep.equal(said)
    await other.invalidate({ region: 'r', keys: ['x'] })
    const others = { current: '', earlier: [{ until: 3, text: 'a,b' }] }
    expect(await session.layouts(tail, false)).to.deep.equal(others)
    const claimed = { current: 'a,b', earlier: [{ until: 5, text: '' }] }
    expect(await session.layouts(tail, true)).to.deep.equal(claimed)
    expect(await session.layouts(tail, true)).to.deep.equal(claimed)
    expect(kinds(ownEntries)).to.deep.equal([['rescind:layout'], ['rescind:layout']])
    await beside.close()
  })

  it('tells fifteen layouts apart, and of those before no more than that there were some', async () => {
    const publishers = new Members()
    for (let n = 0; n < 20; n += 1) {
      const publisher = publishers.publisher({ name: 'shop', redis: log.url, valueServers: { [`s${n}`]: log.url } })
      await publisher.invalidate({ region: 'r', keys: ['x'] })
    }
    const beat = { nodeId: 'n', knownEpoch: 0, applied: undefined, boundMs: 0, watched: '', gone: [] }
    const { tail } = await session.beat(beat)
    const told = await session.layouts(tail, false)
    expect(told?.current).to.equal('s19')
    expect(told?.earlier.map(({ text }) => text).slice(0, 3)).to.deep.equal(['s18', 's17', 's16'])
    expect(told?.earlier).to.have.lengthOf(16)
    // The next one was in force until s4 came, and those before it no longer.
    expect(told?.earlier.at(-1)).to.deep.equal({ until: 9, text: '*' })
    await publishers.close()
  })
})

describe('A publisher one of whose value servers is away', () => {
  let log: RedisServer
  let server: RedisServer
  let link: FaultProxy
  let members: Members

  beforeEach(async () => {
    log = await startRedis()
    server = await startRedis()
    link = await startProxy(log)
    members = new Members()
  })
  afterEach(async () => {
    await members.close()
    await link.close()
    await Promise.all([log.stop(), server.stop()])
  })

  it('has each message once, and the tag of the server before it, when the log was away too', async () => {
    const valueServers = { a: server.url }
    const member = await members.start({ redis: log.url, valueServers })
    const onError = () => undefined
    const more = { redisTimeout: 200, publishTimeout: '10s', onError } as const
    const publisher = members.publisher({ redis: link.url, valueServers, ...more })
    await publisher.invalidate({ region: 'r', keys: ['first'] })
    await server.kill()
    link.stall('downstream')
    const publishing = publisher.invalidate({ region: 'r', keys: ['second'] })
    await eventually(() => expect(member.heard).to.include('rescind:server:a'))
    link.cut()
    link.heal()
    await publishing
    await eventually(() => expect(member.heard).to.include('second'))
    expect(member.heard.filter((name) => name === 'second')).to.have.lengthOf(1)
    expect(member.heard.indexOf('rescind:server:a')).to.be.below(member.heard.indexOf('second'))
  })

  it('is confirmed by all members of a strict bus', async () => {
    const options = { redis: log.url, valueServers: { a: server.url }, strict: true, maxStaleness: 500 } as const
    const member = await members.start(options)
    await server.kill()
    await eventually(() => expect(member.errors).to.have.lengthOf(1))
    const publisher = members.publisher({ ...options, onError: () => undefined })
    const { confirmation } = await publisher.invalidate({ region: 'r', keys: ['x'] }, { confirm: true })
    expect(confirmation?.answered).to.include(member.bus.nodeId)
    expect(member.heard).to.deep.equal(['rescind:server:a', 'rescind:layout', 'x'])
  })
})
