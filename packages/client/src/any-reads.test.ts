import { Closing } from '@rescind/testbed'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { type SinonFakeTimers, type SinonStub, stub } from 'sinon'
import { type Cache, createCache } from './cache.ts'
import { fakeClock } from './fixtures/fake-clock.ts'
import { seeded } from './fixtures/seeded.ts'
import { LoadTimeoutError, MemoryHub, ReadManyError } from './index.ts'
import type { LoadManyContext } from './load-context.ts'
import type { ReadOptions } from './read-plan.ts'
import type { Region } from './region.ts'
import type { RegionOptions } from './region-options.ts'

const SEEDS = 300
const STEPS = 150
const ids = ['a', 'b', 'c', 'd']
const down = new Error('the source is down')

/** A source of which every answer is as old as its question, and comes when the world says so. */
class Source {
  /** What was committed last. */
  readonly versions = new Map(ids.map((id) => [id, 0]))
  readonly #pending: (() => void)[] = []
  readonly #draw: () => number

  constructor(draw: () => number) {
    this.#draw = draw
  }

  get busy(): boolean {
    return this.#pending.length > 0
  }

  commit(some: readonly string[]): void {
    for (const id of some) {
      this.versions.set(id, this.of(id) + 1)
    }
  }

  of(id: string): number {
    return this.versions.get(id) ?? 0
  }

  readonly load = (id: string): Promise<number> => this.#answer(this.of(id))

  readonly loadMany = (some: readonly string[], _: LoadManyContext): Promise<Map<string, number | Error>> =>
    this.#answer(new Map(some.map((id) => [id, this.#draw() < 0.1 ? down : this.of(id)])))

  /** One of the questions under way is answered, or fails. */
  settleOne(): void {
    this.#pending.splice(Math.floor(this.#draw() * this.#pending.length), 1)[0]?.()
  }

  #answer<T>(answer: T): Promise<T> {
    const fails = this.#draw() < 0.2
    return new Promise((resolve, reject) => {
      this.#pending.push(() => (fails ? reject(down) : resolve(answer)))
    })
  }
}

describe('Reads of any kind, at any time, beside writes of any kind', () => {
  const closing = new Closing()
  let clock: SinonFakeTimers
  let random: SinonStub<[], number>

  beforeEach(() => {
    clock = fakeClock()
    // Jitter and early refreshes, so that a seed is one and the same run.
    random = stub(Math, 'random')
  })

  afterEach(async () => {
    await closing.all()
    random.restore()
    clock.restore()
  })

  function optionsOf(draw: () => number, source: Source): RegionOptions<number> {
    const oneOf = <T>(...choices: readonly [T, ...T[]]): T => choices[Math.floor(draw() * choices.length)] ?? choices[0]
    return {
      load: source.load,
      ...(draw() < 0.5 && { loadMany: source.loadMany }),
      tags: (_, id) => [`tag of ${id}`, 'of all'],
      ttl: oneOf(50, 500),
      staleWhileRevalidate: oneOf(0, 100, 10_000),
      staleIfError: oneOf(0, 100, 10_000),
      ...(draw() < 0.5 && { softTimeout: oneOf(5, 50) }),
      refreshAhead: oneOf(0.2, 1),
      beta: oneOf(0, 1, 10),
      errorBackoff: oneOf(1, 100),
      loadTimeout: oneOf(200, 60_000),
    }
  }

  function readOf(draw: () => number, region: Region<number>, id: string): Promise<ReadonlyMap<string, number>> {
    const options: ReadOptions | undefined = [undefined, undefined, { fresh: true }, { maxStaleness: 0 }][
      Math.floor(draw() * 4)
    ]
    if (draw() < 0.6) {
      return region.get(id, options).then((version) => new Map([[id, version]]))
    }
    return region.getMany(draw() < 0.5 ? ids : [id, 'a'], options).catch((error: unknown) => {
      // Those that could be had are as good as any.
      if (error instanceof ReadManyError) return error.values
      throw error
    })
  }

  /** Commits, and then says so in one way or another. */
  async function write(draw: () => number, source: Source, cache: Cache, region: Region<number>): Promise<string[]> {
    const id = ids[Math.floor(draw() * ids.length)] ?? 'a'
    const way = Math.floor(draw() * 5)
    const written = way < 2 ? [id] : ids
    source.commit(written)
    await [
      () => region.invalidate(id),
      () => cache.invalidateTags([`tag of ${id}`]),
      () => cache.invalidateTags(['of all']),
      () => region.clear(),
      () => cache.clear(),
    ][way]?.()
    return written
  }

  it(`never return, nor leave in a cache, what was invalidated before they began: ${SEEDS} runs`, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const draw = seeded(seed)
      random.callsFake(draw)
      const source = new Source(draw)
      const acknowledged = new Map(source.versions)
      const hub = new MemoryHub()
      const nodes = [0, 1].map(() => {
        const cache = closing.add(createCache({ name: 'test', hub }))
        return { cache, region: cache.region('r', optionsOf(draw, source)) }
      })
      await Promise.all(nodes.map(({ cache }) => cache.start()))
      const reads = new Set<Promise<void>>()
      const violations: string[] = []
      const read = (region: Region<number>) => {
        const least = new Map(acknowledged)
        const done = readOf(draw, region, ids[Math.floor(draw() * ids.length)] ?? 'a')
          .then((found) => {
            for (const [id, version] of found) {
              if (version < (least.get(id) ?? 0)) {
                violations.push(`${id} read as ${version}, which was ${least.get(id)} before; seed ${seed}`)
              }
            }
          })
          .catch((error: unknown) => {
            if (error !== down && !(error instanceof LoadTimeoutError)) violations.push(String(error))
          })
          .finally(() => reads.delete(done))
        reads.add(done)
      }
      for (let step = 0; step < STEPS; step += 1) {
        const { cache, region } = nodes[Math.floor(draw() * nodes.length)] ?? expect.fail()
        const kind = draw()
        if (kind < 0.45) {
          read(region)
        } else if (kind < 0.55) {
          for (const id of await write(draw, source, cache, region)) {
            acknowledged.set(id, source.of(id))
          }
        } else if (kind < 0.85) {
          source.settleOne()
        } else {
          await clock.tickAsync(Math.ceil(draw() * 60))
        }
        for (let turns = Math.floor(draw() * 8); turns > 0; turns -= 1) {
          await undefined
        }
      }
      while (reads.size > 0 || source.busy) {
        source.settleOne()
        await clock.tickAsync(1)
      }
      expect(violations).to.deep.equal([])
      for (const { cache, region } of nodes) {
        for (const id of ids) {
          expect(region.peek(id) ?? source.of(id), `${id}, seed ${seed}`).to.equal(source.of(id))
        }
        await Promise.all([cache.close(), clock.tickAsync(1_000)])
      }
    }
  })
})
