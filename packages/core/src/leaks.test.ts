import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { regionCache } from './fixtures/region-cache.ts'
import { randomFrom } from './fixtures/traces.ts'

/** How many operations each of the two halves does. RESCIND_CHURN=100000000 makes a soak of it. */
const OPERATIONS = Number(process.env['RESCIND_CHURN'] ?? 400_000) / 2

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

function heapUsed(): number {
  collect()
  collect()
  const { heapUsed: heap, arrayBuffers } = process.memoryUsage()
  return heap + arrayBuffers
}

describe('L1Cache under churn', () => {
  for (const policy of ['adaptive', 'lru'] as const) {
    it(`takes no more memory after many operations than after half of them, with the policy ${policy}`, () => {
      const { l1, time, node, put } = regionCache({ maxEntries: 1_000, maxCost: 90_000, policy })
      const random = randomFrom(1)
      const churn = () => {
        for (let step = 0; step < OPERATIONS; step += 1) {
          const key = `key ${Math.floor(random() * 5_000)}`
          const drawn = random()
          if (drawn < 0.9) {
            if (!l1.get(key)) {
              put(key, {
                freshAt: time.now,
                expiresAt: time.now + 5_000 * random(),
                cost: 200 * random(),
                tags: ['red'],
              })
            }
          } else if (drawn < 0.95) l1.delete(key)
          else if (drawn < 0.99) l1.bump(key, step, step)
          else if (drawn < 0.9999) l1.prune(100)
          else l1.clear()
          time.now += 0.1
          node.provenAt = time.now
        }
      }
      churn()
      const before = heapUsed()
      churn()
      // Of an entry each that is leaked in a hundred operations, this would be left ten times over.
      expect(heapUsed() - before).to.be.below(Math.max(400_000, OPERATIONS / 5))
      expect(l1.size).to.be.at.most(1_000)
    }).timeout(20_000 + OPERATIONS / 50)
  }
})
