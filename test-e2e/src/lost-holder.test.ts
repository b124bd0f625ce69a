import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { FleetOptions } from './fleet.ts'
import { withFleet } from './fleet.ts'

describe('a node that is killed while it holds the lease of an item', () => {
  it('costs the others the lease, and then one of them loads for all', async () => {
    const { tookMs, loads } = await readsAfterKill({ nodes: 4, leaseTtlMs: 1000, leaseWaitMs: 4000 })
    expect(tookMs).to.be.below(2500)
    expect(loads, 'by the victim and by one of the others').to.equal(2)
  })

  it('costs the others no more than they are willing to wait, however long the lease', async () => {
    const { tookMs, loads } = await readsAfterKill({ nodes: 4, leaseTtlMs: 60_000, leaseWaitMs: 300 })
    expect(tookMs).to.be.below(1500)
    expect(loads, 'by each').to.equal(4)
  })
})

interface Outcome {
  readonly tookMs: number
  readonly loads: number
}

async function readsAfterKill(options: FleetOptions): Promise<Outcome> {
  let outcome: Outcome = { tookMs: Number.NaN, loads: Number.NaN }
  await withFleet(options, async ({ nodes, database }) => {
    const [victim, ...others] = nodes
    await database.call('hold', 'orphan')
    victim?.call('read', ['orphan']).catch(() => {})
    await database.call('loading', 'orphan')
    await victim?.kill()
    await database.call('release', 'orphan')

    const reads = (await Promise.all(others.map((node) => node.call('read', ['orphan'])))).flat()
    expect(reads.map(({ version }) => version)).to.deep.equal([1, 1, 1])
    const [loads = Number.NaN] = await database.call('loads', ['orphan'])
    outcome = { tookMs: Math.max(...reads.map(({ beganAt, endedAt }) => endedAt - beganAt)), loads }
  })
  return outcome
}
