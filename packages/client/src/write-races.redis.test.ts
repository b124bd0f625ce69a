import type { RedisCommands } from '@rescind/bus'
import { Closing, eventually, type RedisServer, seededNumbers, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { RegionNode } from './fixtures/region-node.ts'
import { orders, StepGate } from './fixtures/step-gate.ts'
import type { LoadContext } from './load-context.ts'

/** How many steps each kind of actor takes. */
const STEPS = { writer: 4, loader: 3, invalidator: 2, tagger: 2 } as const
type Kind = keyof typeof STEPS

interface Row {
  readonly version: number
}

/** One process whose every step waits for the test: what it asks Redis, and the source. */
class Actor {
  readonly gate = new StepGate()
  readonly #node: RegionNode<Row | undefined>
  readonly #source: Map<string, Row>
  readonly #kind: Kind

  constructor(kind: Kind, node: RegionNode<Row | undefined>, source: Map<string, Row>) {
    this.#kind = kind
    this.#node = node
    this.#source = source
  }

  begin(id: string): Promise<void> {
    const { node, region } = this.#node
    return this.gate.begin(async () => {
      switch (this.#kind) {
        case 'writer':
          await region.set(id, undefined)
          // The value goes to L2 when it has resolved.
          return node.errands.drain()
        case 'loader':
          await region.get(id)
          return node.errands.drain()
        case 'invalidator':
          await this.gate.pass()
          commit(this.#source, id)
          return region.invalidate(id)
        case 'tagger':
          await this.gate.pass()
          commit(this.#source, id)
          return node.invalidateTags([`tag of ${id}`])
      }
    })
  }
}

function commit(source: Map<string, Row>, id: string): Row {
  const row = { version: (source.get(id)?.version ?? 0) + 1 }
  source.set(id, row)
  return row
}

describe('A write-through that races, step by step in every order,', function () {
  this.timeout(60_000)
  const closing = new Closing()
  let server: RedisServer
  let source: Map<string, Row>
  let nodes: RegionNode<Row | undefined>[]
  let gates: (StepGate | undefined)[]

  before(async () => {
    server = await startRedis()
  })
  beforeEach(async () => {
    await server.command('FLUSHALL')
    source = new Map()
    nodes = []
    gates = []
    await Promise.all([0, 1, 2].map((index) => join(index)))
  })
  afterEach(() => closing.all())
  after(() => server.stop())

  /** A process whose commands go through the gate of whoever is at work in it. */
  async function join(index: number): Promise<void> {
    const pass = async () => gates[index]?.pass()
    const node = new RegionNode<Row | undefined>(
      { name: 'test', redis: server.url },
      {
        // A load reads at its beginning and a save commits at its end: both leave room for what happens meanwhile.
        load: async (id: string) => {
          const row = source.get(id)
          await pass()
          return row
        },
        save: async (id: string, _: Row | undefined, _context: LoadContext) => {
          await pass()
          return commit(source, id)
        },
        tags: (_, id) => [`tag of ${id}`],
        leaseWait: 0,
      },
    )
    nodes[index] = closing.add(await node.start())
    const { session } = node.node.bus
    const redis = session?.redisFor('')
    if (!session || !redis) throw new Error('Not connected')
    const run: RedisCommands['run'] = redis.run.bind(redis)
    redis.run = async (...args) => {
      await pass()
      return run(...args)
    }
    const append = session.append.bind(session)
    session.append = async (...args) => {
      await pass()
      return append(...args)
    }
  }

  /** Lets the actors take their steps in this order, and looks at what is cached when all is quiet. */
  async function play(kinds: readonly Kind[], order: readonly number[], id: string): Promise<void> {
    commit(source, id)
    const actors = kinds.map((kind, index) => {
      const node = nodes[index]
      if (!node) throw new Error('No such process')
      return new Actor(kind, node, source)
    })
    for (const [index, actor] of actors.entries()) {
      gates[index] = actor.gate
      await actor.begin(id)
    }
    for (const index of order) await actors[index]?.gate.step()
    for (const { gate } of actors) await gate.finish()
    gates = []
    await Promise.all(nodes.map(({ node }) => node.errands.drain()))
    const what = `${kinds} in the order ${order.join(' ')}`
    const latest = source.get(id)
    const heard = () => new Set(nodes.map(({ node }) => node.bus.position?.seq))
    await eventually(() => expect(heard().size).to.equal(1))
    for (const { region } of nodes) {
      expect(region.peek(id) ?? latest, `L1 after ${what}`).to.deep.equal(latest)
    }
    const { l2 } = await (nodes[2] as RegionNode<Row>).region.inspect(id)
    const current = l2?.state === 'current' ? l2.value : latest
    expect(current, `L2 after ${what}`).to.deep.equal(latest)
  }

  const others: Readonly<Record<string, Kind>> = {
    'another one': 'writer',
    'a load': 'loader',
    'an invalidation': 'invalidator',
    'an invalidation of its tag': 'tagger',
  }
  for (const [what, other] of Object.entries(others)) {
    it(`with ${what} leaves the older value cached nowhere, and the latest somewhere if it comes last`, async () => {
      const kinds = ['writer', other] as const
      for (const [run, order] of orders(kinds.map((kind) => STEPS[kind])).entries()) {
        await play(kinds, order, `key ${run}`)
      }
      const last = [1, 0].flatMap((index) => Array.from({ length: STEPS[kinds[index] ?? other] }, () => index))
      await play(kinds, last, 'last')
      expect(nodes[0]?.region.peek('last')).to.deep.equal(source.get('last'))
      expect((await nodes[2]?.region.inspect('last'))?.l2?.value).to.deep.equal(source.get('last'))
    })
  }

  it('with two others at once leaves the older value cached nowhere, in some of the many orders', async () => {
    const draw = seededNumbers(20_261_126)
    const thirds = ['loader', 'invalidator', 'tagger'] as const
    for (let run = 0; run < 300; run += 1) {
      const third = thirds[draw(thirds.length)] ?? 'loader'
      const trio = ['writer', 'writer', third] as const
      const order = trio.flatMap((kind, index) => Array.from({ length: STEPS[kind] }, () => index))
      for (let last = order.length - 1; last > 0; last -= 1) {
        const other = draw(last + 1)
        ;[order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0]
      }
      await play(trio, order, `key ${run}`)
    }
  })
})
