import { type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { exampleIn, runExample } from './example.ts'

const guide = new URL('../../docs/guide/testing.md', import.meta.url)
const redisUrl = 'redis://127.0.0.1:6379'
const invalidation = '    await this.#products.invalidate(id)\n'

describe('the examples of the guide to testing', () => {
  let redis: RedisServer

  beforeEach(async () => {
    redis = await startRedis()
  })

  afterEach(() => redis.stop())

  it('prove a service that keeps its promise', async () => {
    const output = 'kept its promise\nin many reads'
    expect(await runExample(await exampleIn(guide, 'service'), redis)).to.deep.equal({ code: 0, output })
  }).timeout(90_000)

  it('find out that the service forgets to invalidate', async () => {
    const example = await exampleIn(guide, 'service')
    expect(example.split(invalidation)).to.have.length(2)
    const { code, output } = await runExample(example.replace(invalidation, ''), redis)
    expect(code).to.equal(0)
    expect(output.split('\n')[0]).to.match(
      /^n[12] read 42 at version 1, [\d.]+ ms after version 2 was acknowledged to n1 \(invalidate\)$/,
    )
  }).timeout(90_000)

  it('need no Redis in a unit test', async () => {
    const code = `${await exampleIn(guide, 'unit')}\n// ${redisUrl}`
    expect(await runExample(code, redis)).to.deep.equal({ code: 0, output: 'heard' })
  }).timeout(90_000)
})
