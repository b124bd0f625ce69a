import { randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { rejection } from '@rescind/testbed'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { deflate, inflate, MAX_INFLATED_BYTES } from './compression.ts'

describe('Compression', () => {
  it('gives back what it was given, in this thread or another', async () => {
    for (const length of [100, 16_383, 16_384, 1_000_000]) {
      const bytes = Buffer.alloc(length, 'abcdefg')
      const deflated = await deflate(bytes)
      expect(deflated?.length).to.be.below(length / 5)
      expect(Buffer.compare(await inflate(deflated ?? Buffer.alloc(0), length), bytes)).to.equal(0)
    }
  })

  it('is left alone where it saves less than a tenth, or there is too much', async () => {
    expect(await deflate(randomBytes(1_000))).to.equal(undefined)
    expect(await deflate(randomBytes(20_000))).to.equal(undefined)
    expect(await deflate(Buffer.concat([randomBytes(920), Buffer.alloc(80)]))).to.equal(undefined)
    expect(await deflate(Buffer.concat([randomBytes(800), Buffer.alloc(200)]))).not.to.equal(undefined)
    expect(await deflate(Buffer.alloc(MAX_INFLATED_BYTES + 1))).to.equal(undefined)
  })

  it('makes no more bytes than were announced, and takes no less for all', async () => {
    for (const length of [1_000, 1_000_000]) {
      const deflated = deflateRawSync(Buffer.alloc(length))
      expect((await inflate(deflated, length)).length).to.equal(length)
      expect(await rejection(inflate(deflated, length - 1))).to.have.property('code', 'ERR_BUFFER_TOO_LARGE')
      expect(await rejection(inflate(deflated, length + 1))).to.be.instanceOf(RangeError)
      expect(await rejection(inflate(deflated.subarray(0, -3), length))).to.be.instanceOf(Error)
    }
    expect(await rejection(inflate(deflateRawSync(Buffer.alloc(9)), MAX_INFLATED_BYTES + 1))).to.have.property(
      'message',
      'More than is ever compressed',
    )
    expect(await rejection(inflate(randomBytes(100), 100))).to.be.instanceOf(Error)
  })
})
