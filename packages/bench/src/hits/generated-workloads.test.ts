import { expect } from 'chai'
import { describe, it } from 'mocha'
import { generatedWorkloads } from './generated-workloads.ts'
import type { Workload } from './workload.ts'

const reads = 40_000
const generated = new Map([...generatedWorkloads(reads)].map((workload) => [workload.name, workload]))

function of(name: string): Workload {
  const workload = generated.get(name)
  if (!workload) throw new Error(`There is no ${name}`)
  return workload
}

/** How often each key is read. */
function countsOf(keys: Int32Array): Map<number, number> {
  const counts = new Map<number, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

describe('generatedWorkloads', () => {
  it('reads the same keys each time', () => {
    expect([...generatedWorkloads(1_000)]).to.deep.equal([...generatedWorkloads(1_000)])
  })

  it('has as many reads as asked for, of keys that are numbered from 0, at two capacities at least', () => {
    expect([...generated.keys()]).to.deep.equal(['zipf', 'scan', 'loop', 'shifting'])
    for (const workload of generated.values()) {
      expect(workload.reads).to.have.length(reads)
      expect(new Set(workload.reads)).to.have.property('size', workload.keys)
      expect(Math.max(...workload.reads)).to.equal(workload.keys - 1)
      expect(workload.capacities).to.have.length.of.at.least(2)
    }
  })

  it('zipf reads few keys often and many once', () => {
    const counts = [...countsOf(of('zipf').reads).values()].sort((left, right) => right - left)
    expect(counts[0]).to.be.greaterThan(reads / 50)
    expect(counts.filter((count) => count === 1).length).to.be.greaterThan(counts.length / 2)
  })

  it('scan reads keys in a row that are never read again', () => {
    const { reads: keys } = of('scan')
    const counts = countsOf(keys)
    const scanned = keys.subarray(15_000, 20_000)
    expect(scanned.every((key) => counts.get(key) === 1)).to.equal(true)
    expect(keys.subarray(0, 15_000).every((key) => counts.get(key) === 1)).to.equal(false)
  })

  it('loop reads the same keys in the same order, over and over', () => {
    const { reads: keys } = of('loop')
    const looping = keys.filter((_, n) => n % 5 !== 0)
    expect(looping.subarray(8_000, 16_000)).to.deep.equal(looping.subarray(0, 8_000))
    expect(new Set(looping)).to.have.property('size', 8_000)
  })

  it('shifting reads other keys often later on', () => {
    const [long] = [...generatedWorkloads(200_000)].filter(({ name }) => name === 'shifting')
    const frequent = (part: Int32Array) =>
      new Set([...countsOf(part)].filter(([, count]) => count > 20).map(([key]) => key))
    const early = frequent(long?.reads.subarray(0, 50_000) ?? new Int32Array())
    const late = frequent(long?.reads.subarray(150_000) ?? new Int32Array())
    expect(early.size).to.be.greaterThan(100)
    expect(late.size).to.be.greaterThan(100)
    expect([...early].filter((key) => late.has(key))).to.deep.equal([])
  })
})
