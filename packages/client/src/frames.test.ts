import { expect } from 'chai'
import { describe, it } from 'mocha'
import { joinFrames, splitFrames } from './frames.ts'

describe('Frames', () => {
  const frames = [
    { kind: 5, ms: 2 ** 48 - 1, bytes: Buffer.from('value') },
    { kind: 0, ms: 0, bytes: Buffer.alloc(0) },
    { kind: 255, ms: 600_000, bytes: Buffer.alloc(70_000, 1) },
  ]

  it('come apart as they were joined', () => {
    expect(splitFrames(joinFrames(frames))).to.deep.equal(frames)
    expect(splitFrames(joinFrames([]))).to.deep.equal([])
  })

  it('say of a time that is longer than they can tell the longest that they can', () => {
    const [frame] = splitFrames(joinFrames([{ kind: 1, ms: 2 ** 53 - 1, bytes: Buffer.alloc(0) }]))
    expect(frame?.ms).to.equal(2 ** 48 - 1)
  })

  it('that are not whole are none', () => {
    const joined = joinFrames(frames.slice(0, 2))
    for (let length = 0; length < joined.length; length += 1) {
      const whole = length < 16 ? 0 : 1
      expect(splitFrames(joined.subarray(0, length)), `${length}`).to.deep.equal(frames.slice(0, whole))
    }
  })
})
