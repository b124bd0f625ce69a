import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Latencies } from './latencies.ts'

describe('Latencies', () => {
  it('are zeroes before anything was measured', () => {
    expect(new Latencies().summary).to.deep.equal({ count: 0, meanMs: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 })
  })

  it('are known to two digits, from a nanosecond to an hour', () => {
    for (const scale of [1e-5, 1e-3, 1, 1e3]) {
      const latencies = new Latencies()
      for (let n = 1; n <= 1_000; n += 1) {
        latencies.record(n * scale)
      }
      const { count, meanMs, p50Ms, p99Ms, maxMs } = latencies.summary
      expect(count).to.equal(1_000)
      expect(meanMs / scale).to.be.within(495, 506)
      expect(p50Ms / scale).to.be.within(495, 505)
      expect(p99Ms / scale).to.be.within(980, 1_000)
      expect(maxMs / scale).to.be.within(990, 1_010)
    }
  })

  it('count what is out of all bounds as the nearest bound', () => {
    const latencies = new Latencies()
    for (const ms of [-1, 0, 1e12]) {
      latencies.record(ms)
    }
    expect(latencies.summary.count).to.equal(3)
    expect(latencies.summary.maxMs).to.be.within(3_500_000, 3_700_000)
  })
})
