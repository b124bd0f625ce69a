import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type NodeChild, type RedisServer, seededNumbers, spawnNode, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { Desk } from './fixtures/desk.ts'
import { lastOf, newestOf, readLedger, saveTo } from './fixtures/ledger.ts'
import { Source } from './fixtures/source.ts'
import type { Write } from './write.ts'

const KILLS = 20
const KEYS = 40
const script = new URL('./fixtures/behind-process.js', import.meta.url)

describe('Write-behind, of which processes are killed,', function () {
  this.timeout(120_000)
  let redis: RedisServer
  let desk: Desk
  let directory: string
  let database: string
  let acknowledged: string
  const children = new Set<NodeChild>()

  before(async () => {
    redis = await startRedis()
    desk = new Desk(redis)
  })
  after(() => redis.stop())
  beforeEach(async () => {
    desk.next()
    directory = await mkdtemp(join(tmpdir(), 'rescind-ledger-'))
    database = join(directory, 'database')
    acknowledged = join(directory, 'acknowledged')
    await Promise.all([writeFile(database, ''), writeFile(acknowledged, '')])
  })
  afterEach(async () => {
    await Promise.all([...children].map((child) => child.kill()))
    children.clear()
    await desk.closing.all()
    await rm(directory, { recursive: true })
  })

  async function spawn(saves: boolean): Promise<NodeChild> {
    const child = await spawnNode(script)
    children.add(child)
    expect(await child.call('open', redis.url, desk.name, database, acknowledged, saves)).to.equal(true)
    return child
  }

  async function kill(child: NodeChild): Promise<void> {
    children.delete(child)
    await child.kill()
  }

  /** Resolves when the child has said so often that something was written. */
  function heard(child: NodeChild, times: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let left = times
      let stop = () => {}
      // Those that were waiting come before the answer.
      stop = child.onEvent((event) => {
        left -= 1
        if (typeof event === 'string' && event !== 'written') {
          reject(new Error(event))
        } else if (left === 0) {
          stop()
          resolve()
        }
      })
    })
  }

  /** The rest is saved by this process. */
  async function drain(): Promise<void> {
    const save = saveTo(database)
    const { behind } = desk.hire(new Source(), {
      saveTimeout: '500ms',
      save: (writes) => save(writes as readonly Write<number>[]),
    })
    await behind.flush()
    expect(await behind.backlog()).to.deep.include({ pending: 0, retrying: 0, dead: 0 })
  }

  it('saves every write that was acknowledged, when one dies in the middle of 10,000', async () => {
    const child = await spawn(true)
    const halfway = heard(child, 50)
    const writing = child.call('writeAll', 10_000).catch(() => 'killed')
    await halfway
    await kill(child)
    expect(await writing).to.equal('killed')
    const before = readLedger(database).length
    const promised = readLedger(acknowledged)
    expect(promised.length).to.be.within(5_000, 9_999)
    await drain()
    const saved = newestOf(readLedger(database))
    expect(promised.filter(({ id, value }) => saved.get(id)?.value !== value)).to.deep.equal([])
    expect(saved.size, 'nothing was left to be saved').to.be.above(before)
  })

  const seed = Number(process.env['RESCIND_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

  it(`loses no acknowledged write over ${KILLS} kills at random moments, and saves each key in order (RESCIND_SEED=${seed})`, async () => {
    const below = seededNumbers(seed)
    const join = async (saves: boolean) => {
      const own = below(2 ** 31)
      const child = await spawn(saves)
      await child.call('traffic', own, KEYS)
      return { child, saves }
    }
    // Two that save, and one that only writes; who dies is replaced by one of its kind.
    const fleet = await Promise.all([true, true, false].map(join))
    for (let kills = 0; kills < KILLS; kills += 1) {
      const place = below(fleet.length)
      const { child, saves } = fleet[place] ?? (await join(true))
      const successor = join(saves)
      await heard(child, 1 + below(50))
      await kill(child)
      fleet[place] = await successor
    }
    await Promise.all(fleet.map(({ child }) => kill(child)))
    await drain()
    const promised = newestOf(readLedger(acknowledged))
    const saved = readLedger(database)
    const last = lastOf(saved)
    expect(promised.size).to.equal(KEYS)
    for (const [id, { value, sequence }] of promised) {
      const row = last.get(id)
      // One that was not acknowledged may have been saved after it.
      expect(row?.sequence, `the last state of ${id}`).to.be.at.least(sequence)
      if (row?.sequence === sequence) {
        expect(row.value).to.equal(value)
      }
    }
    const sequences = new Map<string, number>()
    for (const { id, sequence } of saved) {
      expect(sequence, `a save of ${id}`).to.be.at.least(sequences.get(id) ?? 0)
      sequences.set(id, sequence)
    }
  })
})
