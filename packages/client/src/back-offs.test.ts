import { expect } from 'chai'
import { beforeEach, describe, it } from 'mocha'
import { BackOffs } from './back-offs.ts'

describe('A back-off', () => {
  let now = 0
  let backOffs: BackOffs

  beforeEach(() => {
    now = 0
    backOffs = new BackOffs(1_000, () => now)
  })

  /** How long the key is held from now on. */
  function heldMs(id: string): number {
    const from = now
    while (backOffs.holds(id)) {
      now += 500
    }
    return now - from
  }

  it('holds a key that failed for the first delay, and twice as long after each further failure, to a minute', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8].map(() => {
      backOffs.failed('a')
      return heldMs('a')
    })
    expect(delays).to.deep.equal([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
  })

  it('never shortens a first delay that is above a minute', () => {
    backOffs = new BackOffs(90_000, () => now)
    for (let failure = 0; failure < 3; failure += 1) {
      backOffs.failed('a')
      expect(heldMs('a')).to.equal(90_000)
    }
  })

  it('holds no other key, and none that has succeeded since', () => {
    backOffs.failed('a')
    expect([backOffs.holds('a'), backOffs.holds('b')]).to.deep.equal([true, false])
    backOffs.succeeded('b')
    expect(backOffs.holds('a')).to.equal(true)
    backOffs.succeeded('a')
    expect(backOffs.holds('a')).to.equal(false)
    backOffs.failed('a')
    expect(heldMs('a')).to.equal(1_000)
  })

  it('begins anew when the last one has been over for more than a minute: much may have succeeded elsewhere', () => {
    for (const [laterMs, delayMs] of [
      [60_000, 4_000],
      [60_001, 1_000],
    ] as const) {
      backOffs = new BackOffs(1_000, () => now)
      backOffs.failed('a')
      heldMs('a')
      backOffs.failed('a')
      heldMs('a')
      now += laterMs
      backOffs.failed('a')
      expect(heldMs('a')).to.equal(delayMs)
    }
  })

  it('is remembered for 10,000 keys, of which the one that failed longest ago goes first', () => {
    for (let n = 0; n < 10_000; n += 1) {
      backOffs.failed(`${n}`)
    }
    backOffs.failed('0')
    expect(backOffs.holds('1')).to.equal(true)
    backOffs.failed('one more')
    expect(['0', '1', '2', 'one more'].map((id) => backOffs.holds(id))).to.deep.equal([true, false, true, true])
  })
})
