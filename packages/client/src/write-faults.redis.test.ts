import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { leaseKey, valueKey } from '@rescind/bus'
import {
  Closing,
  caughtUp,
  eventually,
  PROMPT_SYNC,
  type RedisServer,
  rejection,
  spawnNode,
  startProxy,
  startRedis,
  startReplica,
} from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { HeldSaves } from './fixtures/held-saves.ts'
import { RegionNode } from './fixtures/region-node.ts'
import { POINTS } from './fixtures/write-process.ts'

const name = 'test'
const [value, lease] = [valueKey(name, 'r', 'a'), leaseKey(name, 'r', 'a')]

describe('A write-through at its worst moments', function () {
  this.timeout(30_000)
  const closing = new Closing()
  let server: RedisServer
  let source: string

  beforeEach(async () => {
    const first = await startRedis()
    closing.add({ close: () => first.stop() })
    server = first
    source = 'old'
  })
  afterEach(() => closing.all())

  async function join(redis = server.url) {
    const saves = new HeldSaves<string>()
    const joined = new RegionNode<string>(
      { name, redis, redisTimeout: 100, publishTimeout: 300, heartbeat: 50 },
      { load: () => source, save: saves.save },
    )
    closing.add(await joined.start())
    const { node, region, redis: commands } = joined
    /** Begins to set a value, and commits it. */
    const commit = async (written: string) => {
      const coming = saves.next()
      const receipt = region.set('a', written)
      const save = await coming
      source = written
      return { receipt, save }
    }
    return { node, region, commands, commit }
  }

  /** All agree with the source, once what is queued was sent. */
  async function expectNew(...nodes: Awaited<ReturnType<typeof join>>[]): Promise<void> {
    await eventually(
      async () => {
        for (const { node, region } of nodes) {
          expect([node.bus.status, node.bus.queued]).to.deep.equal(['live', 0])
          expect(await region.get('a')).to.equal(source)
        }
      },
      { withinMs: 10_000 },
    )
    // What stands in L2 is read by a process that holds nothing.
    expect(await (await join()).region.get('a')).to.equal(source)
  }

  for (const point of POINTS) {
    it(`killed when it has ${point}: what was announced is never old again, and the key is free when the lease is over`, async () => {
      const directory = await mkdtemp(joinPath(tmpdir(), 'write-'))
      closing.add({ close: () => rm(directory, { recursive: true }) })
      const database = joinPath(directory, 'row')
      await writeFile(database, 'old')
      const load = () => readFile(database, 'utf8')
      const save = (_: string, written: string) => writeFile(database, written)
      const reader = closing.add(
        await new RegionNode<string>({ name, redis: server.url }, { load, save, leaseWait: 100 }).start(),
      )
      expect(await reader.region.get('a')).to.equal('old')
      await reader.node.errands.drain()
      const child = await spawnNode(new URL('fixtures/write-process.js', import.meta.url))
      closing.add({ close: () => child.stop() })
      const reached = new Promise((resolve) => child.onEvent(resolve))
      const set = child.call('set', server.url, name, database, point).catch(() => undefined)
      expect(await reached).to.equal(point)
      await child.kill()
      await set
      if (point === 'announced' || point === 'filled') {
        await eventually(() => expect(reader.node.bus.position?.seq).to.equal(1))
        expect(await reader.region.get('a')).to.equal('new')
      } else {
        expect(reader.region.peek('a')).to.equal('old')
      }
      await eventually(async () => expect(await server.command('EXISTS', lease)).to.equal(0))
      await reader.region.set('a', 'newer')
      expect(await reader.region.get('a')).to.equal('newer')
      await eventually(async () => expect((await reader.region.inspect('a')).l2?.value).to.equal('newer'))
    })
  }

  it('frozen Redis before the lease: it goes on without, is saved, and says that it could not be announced in time', async () => {
    const [own, other] = [await join(), await join()]
    await Promise.all([own.region.get('a'), other.region.get('a')])
    server.pause()
    const { receipt, save } = await own.commit('new')
    const rejected = rejection(receipt)
    save.resolve()
    expect(await rejected).to.include({ name: 'PublishTimeoutError' })
    expect(own.region.stats).to.include({ saves: 1, saveErrors: 0, l2Errors: 1 })
    expect(own.region.peek('a')).to.equal(undefined)
    expect(await own.region.get('a')).to.equal('new')
    server.resume()
    await expectNew(own, other)
  })

  it('frozen Redis while it saves: nothing old is left when it answers again, and no lease', async () => {
    const [own, other] = [await join(), await join()]
    await Promise.all([own.region.get('a'), other.region.get('a')])
    const { receipt, save } = await own.commit('new')
    const rejected = rejection(receipt)
    server.pause()
    save.resolve()
    expect(await rejected).to.include({ name: 'PublishTimeoutError' })
    expect(await own.region.get('a')).to.equal('new')
    server.resume()
    await expectNew(own, other)
    await eventually(async () => expect(await server.command('EXISTS', lease)).to.equal(0))
  })

  it('frozen Redis as it stores: it has resolved, and the others load', async () => {
    const proxy = closing.add(await startProxy(server))
    const [own, other] = [await join(proxy.url), await join()]
    await Promise.all([own.region.get('a'), other.region.get('a')])
    const { receipt, save } = await own.commit('new')
    const run = own.commands.run.bind(own.commands)
    own.commands.run = (...args) => {
      proxy.stall('both')
      return run(...args)
    }
    save.resolve()
    await receipt
    expect(own.region.peek('a')).to.equal('new')
    await own.node.errands.drain()
    expect(own.region.stats).to.include({ saves: 1, savesUncached: 1 })
    await eventually(async () => expect(await other.region.get('a')).to.equal('new'))
    proxy.heal()
    await expectNew(own, other)
  })

  it('a cut as it is announced: it is announced again, and stored under the lease that it has kept', async () => {
    const proxy = closing.add(await startProxy(server))
    const [own, other] = [await join(proxy.url), await join()]
    await Promise.all([own.region.get('a'), other.region.get('a')])
    const { receipt, save } = await own.commit('new')
    const { session } = own.node.bus
    const append = session?.append.bind(session)
    if (session && append) {
      session.append = async (...args) => {
        const entry = await append(...args)
        // The answer does not arrive.
        proxy.cut()
        await new Promise((resolve) => setImmediate(resolve))
        throw new Error(`Lost the answer, which was ${entry.id}`)
      }
    }
    save.resolve()
    const { position } = await receipt
    expect(position.seq).to.equal(1)
    await own.node.errands.drain()
    expect(await server.command('EXISTS', value)).to.equal(1)
    expect(await server.command('EXISTS', lease)).to.equal(0)
    await expectNew(own, other)
    expect(other.region.stats.loads).to.be.below(2)
  })

  it('Redis killed while it saves, and another in its place: nothing of the old epoch is stored', async () => {
    const [own, other] = [await join(), await join()]
    await Promise.all([own.region.get('a'), other.region.get('a')])
    const { receipt, save } = await own.commit('new')
    await server.restart()
    save.resolve()
    await receipt.catch(() => undefined)
    await expectNew(own, other)
  })

  it('a failover that brings its lease back, and loses the removal that had ended it: what it stores counts for nobody', async () => {
    server = await startRedis({ args: PROMPT_SYNC })
    const behind = await startReplica(server)
    const started = server
    closing.add({ close: () => Promise.all([behind, started].map((one) => one.stop())) })
    const [own, other] = [await join(), await join()]
    await Promise.all([own.region.get('a'), other.region.get('a')])
    const { receipt, save } = await own.commit('new')
    await caughtUp(server, behind)
    await behind.command('REPLICAOF', 'NO', 'ONE')
    source = 'newest'
    await other.region.invalidate('a')
    expect(await server.command('EXISTS', lease)).to.equal(0)
    await server.command('REPLICAOF', behind.host, `${behind.port}`)
    await caughtUp(behind, server)
    expect(await server.command('EXISTS', lease)).to.equal(1)
    await server.command('REPLICAOF', 'NO', 'ONE')
    save.resolve()
    await receipt.catch(() => undefined)
    await expectNew(own, other)
  })

  it('no Redis at all: it is saved, and its own process reads it', async () => {
    const own = await join()
    await own.region.get('a')
    await server.kill()
    await eventually(() => expect(own.node.bus.status).to.equal('connecting'))
    const { receipt, save } = await own.commit('new')
    const rejected = rejection(receipt)
    save.resolve()
    expect(await rejected).to.include({ name: 'PublishTimeoutError' })
    expect(await own.region.get('a')).to.equal('new')
    await server.restart()
    await expectNew(own)
  })
})
