import { expect } from 'chai'
import { describe, it } from 'mocha'
import { caughtUp, cutReplica, PROMPT_SYNC, startReplica } from './redis-replica.ts'
import { startRedis } from './redis-server.ts'

describe('startReplica', () => {
  it('has what its primary has, lacks what is written after it was cut off, and catches up when it is resumed', async () => {
    await using primary = await startRedis({ args: PROMPT_SYNC })
    await primary.command('SET', 'a', '1')
    await using replica = await startReplica(primary)
    expect(await replica.command('GET', 'a')).to.equal('1')
    await cutReplica(primary, replica)
    await primary.command('SET', 'a', '2')
    replica.resume()
    await caughtUp(primary, replica)
    expect(await replica.command('GET', 'a')).to.equal('2')
  })

  it('lacks it for good when the primary dies meanwhile', async () => {
    await using primary = await startRedis({ args: PROMPT_SYNC })
    await using replica = await startReplica(primary)
    await primary.command('SET', 'a', '1')
    await caughtUp(primary, replica)
    await cutReplica(primary, replica)
    await primary.command('SET', 'a', '2')
    await primary.kill()
    replica.resume()
    expect(await replica.command('GET', 'a')).to.equal('1')
  })
})
