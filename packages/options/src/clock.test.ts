import { expect } from 'chai'
import { SuspensionWatch } from './clock.ts'

describe('SuspensionWatch', () => {
  it('counts the time that the system was up and the clock stood still', () => {
    let clock = 0
    let up = 1_000
    const watch = new SuspensionWatch(
      () => clock,
      () => up,
    )
    watch.look()
    clock += 500
    up += 60_500
    watch.look()
    watch.look()
    expect(watch.suspendedMs).to.equal(60_000)
    clock += 1_000
    up += 4_000
    watch.look()
    expect(watch.suspendedMs).to.equal(63_000)
  })

  it('counts neither what the uptime is rounded by nor a clock that runs ahead', () => {
    let clock = 0
    let up = 0
    const watch = new SuspensionWatch(
      () => clock,
      () => up,
    )
    watch.look()
    up += 200
    watch.look()
    clock += 3_600_000
    watch.look()
    clock -= 3_600_000
    watch.look()
    expect(watch.suspendedMs).to.equal(0)
  })

  it('counts nothing, and throws nothing, where the system does not say how long it is up', () => {
    const watch = new SuspensionWatch(
      () => 0,
      () => {
        throw new Error('uv_uptime returned EPERM')
      },
    )
    watch.look()
    expect(watch.suspendedMs).to.equal(0)
  })
})
