import { expect } from 'chai'
import { describe, it } from 'mocha'
import { type Duration, durationMs } from './duration.ts'
import { InvalidArgumentError } from './invalid-argument-error.ts'

describe('durationMs', () => {
  const readings: [Duration, number][] = [
    [1500, 1500],
    ['250ms', 250],
    ['5s', 5_000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
  ]
  for (const [duration, ms] of readings) {
    it(`reads ${JSON.stringify(duration)} as ${ms} ms`, () => {
      expect(durationMs('ttl', duration)).to.equal(ms)
    })
  }

  for (const bad of ['10 m', '1e3s', '-5s', 'soon', '', Number.NaN, Number.POSITIVE_INFINITY, null, {}]) {
    it(`refuses ${JSON.stringify(bad)} and says what a duration looks like`, () => {
      expect(() => durationMs('ttl', bad as Duration)).to.throw(InvalidArgumentError, /^ttl must be a duration .*'10m'/)
    })
  }

  it('names the bounds and what came when a duration is out of them', () => {
    expect(() => durationMs('heartbeat', '1m', { minMs: 10, maxMs: 5_000 })).to.throw(
      InvalidArgumentError,
      `heartbeat must be a duration from 10 to 5000 ms, such as 1500, '250ms', '5s', '10m', '2h' or '1d'; received the string "1m"`,
    )
  })

  it('refuses what a timer of Node cannot wait for', () => {
    expect(() => durationMs('ttl', '25d')).to.throw(InvalidArgumentError)
  })
})
