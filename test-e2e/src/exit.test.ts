import { fileURLToPath } from 'node:url'
import { type FaultProxy, type RedisServer, startProxy, startRedis } from '@rescind/testbed'
import { machineNow } from '@rescind/testing'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { type Program, runProgram } from './program.ts'

const script = fileURLToPath(new URL('./exit-program.js', import.meta.url))
/** A second for messages under way, a second for the connection, and the rest for a busy machine. */
const exitsWithinMs = 4000

describe('a process', () => {
  let redis: RedisServer
  let link: FaultProxy

  beforeEach(async () => {
    redis = await startRedis()
    link = await startProxy(redis)
  })

  afterEach(async () => {
    await link.close()
    await redis.stop()
  })

  for (const use of ['cache', 'publisher']) {
    it(`whose ${use} was closed exits by itself`, async () => {
      const program = runProgram(script, [use, link.url])
      await program.prints('started')
      await exits(program)
      expect(link.accepted).to.be.above(0)
    })

    it(`whose ${use} was closed while Redis is frozen exits by itself`, async () => {
      const program = runProgram(script, [use, link.url])
      await program.prints('started')
      redis.pause()
      await exits(program)
    })

    it(`whose ${use} was closed, and never saw Redis but frozen, exits by itself`, async () => {
      redis.pause()
      const program = runProgram(script, [use, link.url])
      await program.prints('started')
      await exits(program)
      expect(link.accepted).to.be.above(0)
    })

    it(`whose ${use} was closed while there is no Redis exits by itself`, async () => {
      await redis.kill()
      const program = runProgram(script, [use, link.url])
      await program.prints('started')
      await exits(program)
    })
  }

  it('that creates a cache and a publisher, and uses neither, does no I/O and exits by itself', async () => {
    const program = runProgram(script, ['nothing', link.url])
    expect(await program.ended).to.deep.equal({ code: 0, output: 'holds undefined, status idle' })
    expect(link.accepted, 'connections').to.equal(0)
  })
})

async function exits(program: Program): Promise<void> {
  const toldAt = machineNow()
  program.endInput()
  expect(await program.ended).to.deep.equal({ code: 0, output: 'started' })
  expect(machineNow() - toldAt, 'ms until the exit').to.be.below(exitsWithinMs)
}
