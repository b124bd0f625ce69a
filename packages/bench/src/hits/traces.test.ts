import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { rejection } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { UsageError } from '../usage-error.ts'
import { traceWorkloads } from './traces.ts'
import type { Workload } from './workload.ts'

let directory = ''

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rescind-traces-'))
})

afterEach(() => rm(directory, { recursive: true }))

function bytesOf(keys: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * keys.length)
  for (const [n, key] of keys.entries()) bytes.writeInt32BE(key, 4 * n)
  return bytes
}

const write = (name: string, bytes: Buffer) => writeFile(join(directory, name), bytes)

async function readAll(from: string = directory): Promise<Workload[]> {
  const workloads: Workload[] = []
  for await (const workload of traceWorkloads(from)) workloads.push(workload)
  return workloads
}

async function refusalOf(name: string, bytes: Buffer): Promise<string> {
  await write('good.trace', bytesOf([1]))
  await write(name, bytes)
  const error = await rejection(readAll())
  expect(error).to.be.instanceOf(UsageError)
  expect(error.message).to.include(`--traces: ${join(directory, name)} `)
  return error.message
}

describe('traceWorkloads', () => {
  it('reads keys of 32 bits and numbers them as they come', async () => {
    await write('small.trace', Buffer.from([0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 1, 0, 0, 0, 0, 1]))
    const [workload] = await readAll()
    expect(workload).to.deep.include({ name: 'small', reads: Int32Array.from([0, 1, 0, 2]), keys: 3 })
    expect(workload?.capacities).to.have.length.of.at.least(2)
  })

  it('reads them through gzip too, in the order of their names, and nothing else', async () => {
    await write('b.trace.gz', gzipSync(bytesOf([5, 6, 5])))
    await write('a.trace', bytesOf([7]))
    await write('LICENCE', Buffer.from('of the traces'))
    await write('b.trace.txt', Buffer.from('of a trace'))
    const workloads = await readAll()
    expect(workloads.map(({ name, reads }) => [name, [...reads]])).to.deep.equal([
      ['a', [0]],
      ['b', [0, 1, 0]],
    ])
  })

  it('refuses a file that ends within a key', async () => {
    expect(await refusalOf('short.trace', bytesOf([1, 2]).subarray(0, 7))).to.include('has 7 bytes')
    expect(await refusalOf('short.trace', Buffer.from([1]))).to.include('has 1 bytes')
  })

  it('refuses a file without a key', async () => {
    expect(await refusalOf('none.trace', Buffer.alloc(0))).to.include('is empty')
  })

  it('refuses what is empty once it is unzipped', async () => {
    expect(await refusalOf('none.trace.gz', gzipSync(Buffer.alloc(0)))).to.include('is empty')
  })

  it('refuses what is no gzip, or only the beginning of one', async () => {
    const zipped = gzipSync(bytesOf([1, 2, 3]))
    expect(await refusalOf('no.trace.gz', zipped.subarray(0, -9))).to.include('cannot be read: unexpected end')
    expect(await refusalOf('no.trace.gz', bytesOf([1, 2, 3]))).to.include('cannot be read: incorrect header')
  })

  it('refuses a file that is too large, without reading it', async () => {
    await write('large.trace', bytesOf([1]))
    await truncate(join(directory, 'large.trace'), 2 ** 40)
    expect((await rejection(readAll())).message).to.include('large.trace has more than 10000000 keys')
  })

  it('refuses a file that is too large once it is unzipped', async () => {
    expect(await refusalOf('bomb.trace.gz', gzipSync(Buffer.alloc(40_000_001), { level: 1 }))).to.include(
      'has more than 10000000 keys',
    )
  })

  it('says of a bad file before it yields a good one', async () => {
    await write('a.trace', bytesOf([1]))
    await write('z.trace', bytesOf([]))
    const first = traceWorkloads(directory).next()
    expect((await rejection(first)).message).to.include('z.trace is empty')
  })

  it('refuses a directory that holds none, is none, or is not there', async () => {
    const none = await rejection(readAll())
    expect(none).to.be.instanceOf(UsageError)
    expect(none.message).to.equal(`--traces: ${directory} holds no *.trace and no *.trace.gz`)
    await write('a.trace', bytesOf([1]))
    const file = await rejection(readAll(join(directory, 'a.trace')))
    expect(file).to.be.instanceOf(UsageError)
    expect(file.message).to.include('cannot be read: ENOTDIR')
    const missing = await rejection(readAll(join(directory, 'missing')))
    expect(missing).to.be.instanceOf(UsageError)
    expect(missing.message).to.include('cannot be read: ENOENT')
  })
})
