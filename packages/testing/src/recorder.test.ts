import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ReadManyError } from '@rescind/client'
import { rejection } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { useFakeTimers } from 'sinon'
import { checkHistory } from './check-history.ts'
import { readHistory } from './history-file.ts'
import { Recorder } from './recorder.ts'

const of = { region: 'product', key: '42' }
const receipt = { position: { epoch: 7, seq: 3 }, chain: 'c', token: '7.3.c' }

describe('Recorder', () => {
  const recorder = () => new Recorder({ process: 'n1' })
  /** What was recorded, without its times. */
  const told = ({ records }: Recorder) => records.map((record) => JSON.parse(JSON.stringify(record, withoutTimes)))

  it('records a read, and hands on what came', async () => {
    const n1 = recorder()
    const value = { version: 3 }
    expect(await n1.get(of, async () => value, { after: 't', maxStalenessMs: 5 })).to.equal(value)
    expect(await n1.get({ key: '7' }, () => undefined)).to.equal(undefined)
    expect(told(n1)).to.deep.equal([
      { type: 'read', process: 'n1', way: 'get', ...of, after: 't', maxStalenessMs: 5, version: 3 },
      { type: 'read', process: 'n1', way: 'get', key: '7' },
    ])
  })

  it('records a read that failed, and lets the error through', async () => {
    const n1 = recorder()
    const error = new TypeError('no')
    expect(await rejection(n1.get(of, () => Promise.reject(error)))).to.equal(error)
    expect(told(n1)).to.deep.equal([{ type: 'read', process: 'n1', way: 'get', ...of, failure: 'TypeError: no' }])
  })

  it('records a read of many for each key, those that are not there and those that failed', async () => {
    const n1 = recorder()
    const keys = ['1', '2', '3']
    await n1.getMany({ region: 'r', keys }, async () => new Map([['1', { version: 5 }]]))
    const some = new ReadManyError('r', new Map([['1', { version: 6 }]]), new Map([['3', new Error('late')]]))
    expect(await rejection(n1.getMany({ keys }, () => Promise.reject(some)))).to.equal(some)
    const about = { type: 'read', process: 'n1', way: 'getMany' }
    expect(told(n1)).to.deep.equal([
      { ...about, region: 'r', key: '1', version: 5 },
      { ...about, region: 'r', key: '2' },
      { ...about, region: 'r', key: '3' },
      { ...about, key: '1', version: 6 },
      { ...about, key: '2' },
      { ...about, key: '3', failure: 'Error: late' },
    ])
  })

  it('records a look at L1 as a hit, and not that nothing is held', () => {
    const n1 = recorder()
    n1.peek(of, () => undefined)
    n1.peek(of, () => null)
    n1.peek(of, () => ({ version: 2 }))
    const about = { type: 'read', process: 'n1', way: 'peek', ...of, hit: true }
    expect(told(n1)).to.deep.equal([about, { ...about, version: 2 }])
  })

  it('records a write of several keys with what its receipt says', async () => {
    const n1 = recorder()
    await n1.write(
      async (committed) => {
        committed({ ...of, version: 2 })
        committed({ key: '7', version: 5, deleted: true })
        return receipt
      },
      { how: 'tag', tags: ['t'], confirmed: true },
    )
    const about = {
      type: 'write',
      process: 'n1',
      how: 'tag',
      tags: ['t'],
      confirmed: true,
      token: '7.3.c',
      position: '7-3',
    }
    expect(told(n1)).to.deep.equal([
      { ...about, ...of, version: 2 },
      { ...about, key: '7', version: 5, deleted: true },
    ])
    const [first] = n1.records
    expect(first).to.include.keys('invokedAt', 'committedAt', 'ackedAt')
  })

  it('records what was committed and not acknowledged', async () => {
    const n1 = recorder()
    const error = new Error('too late')
    const write = n1.write(async (committed) => {
      committed({ ...of, version: 2 })
      throw error
    })
    expect(await rejection(write)).to.equal(error)
    expect(n1.records).to.have.length(1)
    expect(n1.records[0]).to.include.keys('committedAt').and.not.any.keys('ackedAt')
  })

  it('records loads and faults, also such as fail', async () => {
    const n1 = recorder()
    await n1.load(of, async () => ({ version: 1 }))
    await rejection(n1.load(of, () => Promise.reject(new Error('no'))))
    await n1.fault('cut', async () => undefined, { processes: ['n1'], mayFlush: false })
    await rejection(n1.fault('cut', () => Promise.reject(new Error('no'))))
    expect(told(n1)).to.deep.equal([
      { type: 'load', process: 'n1', ...of, version: 1 },
      { type: 'load', process: 'n1', ...of },
      { type: 'fault', what: 'cut', processes: ['n1'], mayFlush: false },
      { type: 'fault', what: 'cut' },
    ])
  })

  it('records what is held, that there is no value as well', () => {
    const n1 = recorder()
    n1.held(of, undefined)
    n1.held(of, null)
    n1.held(of, { version: 4 })
    const about = { type: 'held', process: 'n1', ...of }
    expect(told(n1)).to.deep.equal([about, { ...about, version: 4 }])
  })

  it('records what a cache hears, a message about several regions once', () => {
    const n1 = recorder()
    const position = { epoch: 7, seq: 1 }
    n1.onEvent({ type: 'flushed', reason: 'joined', position: { epoch: 7, seq: 0 } })
    n1.onEvent({ type: 'invalidated', region: 'a', keys: ['1'], position, lagMs: 0 })
    n1.onEvent({ type: 'invalidated', region: 'b', keys: ['1'], position, lagMs: 0 })
    n1.onEvent({ type: 'tags-invalidated', tags: ['t'], position: { epoch: 7, seq: 2 }, lagMs: 0 })
    n1.onEvent({ type: 'status', status: 'live', cause: undefined })
    expect(told(n1)).to.deep.equal([
      { type: 'flush', process: 'n1', reason: 'joined', position: '7-0' },
      { type: 'applied', process: 'n1', position: '7-1' },
      { type: 'applied', process: 'n1', position: '7-2' },
    ])
  })

  it('records nothing that the checker would refuse', async () => {
    const n1 = recorder()
    await n1.write(async (committed) => committed({ ...of, version: 1 }))
    await n1.get(of, async () => ({ version: 1 }), { hit: false })
    n1.held(of, { version: 1 })
    await n1.load(of, async () => undefined)
    expect(checkHistory(n1.records, { maxStalenessMs: 0 }).ok).to.equal(true)
  })

  it('tells the order of what happened within one reading of the clock', async () => {
    const n1 = recorder()
    const clock = useFakeTimers({ now: 1_000_000_000, toFake: ['hrtime'] })
    try {
      for (let count = 0; count < 1000; count += 1) {
        n1.peek(of, () => ({ version: 1 }))
      }
    } finally {
      clock.restore()
    }
    const times = n1.records.flatMap((record) => (record.type === 'read' ? [record.invokedAt, record.returnedAt] : []))
    expect(new Set(times).size).to.equal(2000)
    expect(times).to.deep.equal([...times].sort((a, b) => a - b))
  })

  it('says at the end that there was more than it may keep', () => {
    const n1 = new Recorder({ process: 'n1', maxRecords: 1 })
    n1.peek(of, () => ({ version: 1 }))
    expect(n1.records).to.have.length(1)
    n1.peek(of, () => ({ version: 1 }))
    expect(() => n1.records).to.throw('More than 1 records; raise maxRecords, or record to a file')
    expect(() => n1.close()).to.throw('maxRecords')
  })

  it('asks for the version of a value that does not say it, and takes what it is told', async () => {
    const n1 = recorder()
    expect((await rejection(n1.get(of, async () => 'text'))).message).to.match(/^versionOf must be given/)
    const other = new Recorder({ process: 'n2', versionOf: (value) => Number(value) })
    await other.get(of, async () => '12')
    expect(told(other)).to.deep.equal([{ type: 'read', process: 'n2', way: 'get', ...of, version: 12 }])
  })

  it('refuses options that it cannot use', () => {
    const create = (options: object) => () => Reflect.construct(Recorder, [options])
    expect(create({})).to.throw('process must be a string that is not empty; received undefined')
    expect(create({ process: 'n', file: 5 })).to.throw('file must be')
    expect(create({ process: 'n', maxRecords: 0 })).to.throw('maxRecords must be')
    expect(create({ process: 'n', versionOf: 1 })).to.throw('versionOf must be')
    expect(create({ process: 'n', files: 'x' })).to.throw('options must be options among process')
  })

  describe('to a file', () => {
    let folder: string

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'rescind-recorder-'))
    })
    afterEach(() => rm(folder, { recursive: true }))

    it('brings the records of several processes together', async () => {
      const files = ['n1', 'n2'].map((process) => join(folder, process))
      for (const file of files) {
        const each = new Recorder({ process: 'n', file })
        for (let version = 0; version < 5000; version += 1) {
          each.peek({ key: 'käse 🧀' }, () => ({ version }))
        }
        expect(each.records).to.deep.equal([])
        each.close()
      }
      const records = await readHistory(files)
      expect(records).to.have.length(10_000)
      expect(records[9_999]).to.include({ key: 'käse 🧀', version: 4999 })
    })

    it('holds no more than a batch back, and nothing once it is flushed', async () => {
      const file = join(folder, 'n1')
      const n1 = new Recorder({ process: 'n1', file })
      n1.held(of, { version: 1 })
      expect(await readHistory([file])).to.have.length(0)
      n1.flush()
      expect(await readHistory([file])).to.have.length(1)
      for (let count = 0; count < 2000; count += 1) {
        n1.held(of, { version: 1 })
      }
      expect((await readHistory([file])).length).to.be.within(1000, 2000)
      n1.close()
      expect(await readHistory([file])).to.have.length(2001)
    })

    it('leaves out the last line of a process that was killed as it wrote it, and refuses any other', async () => {
      const file = join(folder, 'n1')
      const whole = '{"type":"crash","process":"n1","at":5}\n'
      await writeFile(file, `${whole}{"type":"cra`)
      expect(await readHistory([file])).to.deep.equal([{ type: 'crash', process: 'n1', at: 5 }])
      await writeFile(file, `${whole}{"type":"cra\n${whole}`)
      expect((await rejection(readHistory([file]))).message).to.equal(
        `Line 2 of ${file} is no JSON: "{\\"type\\":\\"cra"`,
      )
      await writeFile(file, '{"type":"crash"}\n')
      expect((await rejection(readHistory([file]))).message).to.match(/^process of a crash must be a string/)
      expect((await rejection(readHistory([join(folder, 'none')]))).message).to.match(/ENOENT/)
    })

    it('says at the end that it could not write, and never in the middle', () => {
      const n1 = new Recorder({ process: 'n1', file: '/dev/full' })
      for (let count = 0; count < 2000; count += 1) {
        n1.held(of, { version: 1 })
      }
      expect(() => n1.close()).to.throw('ENOSPC')
    })

    it('says so when it was asked to record after its end', () => {
      const n1 = new Recorder({ process: 'n1', file: join(folder, 'n1') })
      n1.close()
      n1.held(of, { version: 1 })
      expect(() => n1.close()).to.throw('The recorder was closed, and then asked to record')
    })

    it('says at once that it cannot open the file', () => {
      expect(() => new Recorder({ process: 'n1', file: join(folder, 'no', 'such') })).to.throw('ENOENT')
    })
  })
})

function withoutTimes(name: string, value: unknown): unknown {
  return /At$|^at$|^from$|^until$/.test(name) ? undefined : value
}
