import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { ModelWorld } from './fixtures/model-world.ts'

type Step = (world: ModelWorld) => void

const key = fc.constantFrom('a', 'b', 'c')
const few = fc.nat(6)
const still = (step: Step) => fc.constant(step)

const usual: fc.WeightedArbitrary<Step>[] = [
  { weight: 6, arbitrary: key.map((k) => (world) => void world.publish(k)) },
  { weight: 1, arbitrary: key.map((k) => (world) => void world.publish(k, 0)) },
  { weight: 1, arbitrary: key.map((k) => (world) => void world.publish(k, 2)) },
  { weight: 3, arbitrary: key.map((k) => (world) => world.publishOwn(k)) },
  { weight: 6, arbitrary: key.map((k) => (world) => world.load(k)) },
  { weight: 8, arbitrary: still((world) => world.execute()) },
  { weight: 12, arbitrary: fc.boolean().map((late) => (world) => world.deliver(late)) },
  { weight: 3, arbitrary: still((world) => world.beat()) },
  { weight: 3, arbitrary: still((world) => world.connect()) },
  { weight: 1, arbitrary: still((world) => world.disconnect()) },
]
const disturbing: fc.WeightedArbitrary<Step>[] = [
  { weight: 1, arbitrary: still((world) => void world.publish(null)) },
  { weight: 1, arbitrary: few.map((length) => (world) => world.trim(length)) },
  { weight: 1, arbitrary: few.map((length) => (world) => world.fork(length)) },
  { weight: 2, arbitrary: few.map((length) => (world) => world.overtake(length)) },
  { weight: 1, arbitrary: still((world) => world.wipe()) },
]

/** Reconnects if need be, lets everything arrive, and beats once more. */
function settle(world: ModelWorld): void {
  world.connect()
  for (let round = 0; round < 2; round += 1) {
    for (let moves = 0; !world.idle; moves += 1) {
      expect(moves, 'moves until everything has arrived').to.be.below(500)
      world.execute()
      world.deliver()
      world.check()
    }
    world.now += 1
    world.beat()
  }
  while (!world.idle) {
    world.execute()
    world.deliver()
  }
  world.check()
}

function run(steps: readonly Step[]): ModelWorld {
  const world = new ModelWorld()
  for (const step of steps) {
    world.now += 1
    step(world)
    world.check()
  }
  settle(world)
  return world
}

describe('Replica, whatever happens to the log and the connection,', () => {
  const anything = fc.array(fc.oneof(...usual, ...disturbing), { maxLength: 150, size: 'max' })
  const harmless = fc.array(fc.oneof(...usual), { maxLength: 150, size: 'max' })

  it('never passes or proves an entry that it neither applied nor flushed for, and ends live at the tail', () => {
    fc.assert(
      fc.property(anything, (steps) => {
        const world = run(steps)
        expect(world.replica).to.deep.include({ phase: 'live', applied: world.tail })
        expect(world.replica.provenAt).to.equal(world.now)
      }),
      { numRuns: 3_000 },
    )
  })

  it('never flushes but to join, unless the log was broken, trimmed or unreadable', () => {
    fc.assert(
      fc.property(harmless, (steps) => {
        const world = run(steps)
        expect(world.disturbed).to.equal(false)
        expect(world.flushes).to.deep.equal(['joined'])
      }),
      { numRuns: 1_500 },
    )
  })
})
