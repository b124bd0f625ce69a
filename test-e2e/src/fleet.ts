import { eventually, type FaultProxy, type Methods, type RedisServer, startProxy, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import type { CacheMethods } from './cache-node.ts'
import type { DatabaseMethods } from './database.ts'
import { Remote } from './remote.ts'
import type { WriterMethods } from './writer.ts'

export type CacheNode = Remote<CacheMethods>

export interface FleetOptions {
  /** How many nodes are live when the test begins. */
  readonly nodes: number
  /** Default 5000; the heartbeat is a fifth of it. */
  readonly maxStalenessMs?: number
  /** Default 10000. */
  readonly leaseTtlMs?: number
  /** Default 2000. */
  readonly leaseWaitMs?: number
}

/** A Redis, a database, a write service and some nodes, each in a process of its own. */
export interface Fleet {
  readonly redis: RedisServer
  /** A link to Redis that can break, for `addNode`. */
  readonly link: FaultProxy
  readonly database: Remote<DatabaseMethods>
  /** For `writeItems`: a commit that nobody hears of. */
  readonly databaseUrl: string
  readonly writer: Remote<WriterMethods>
  /** The link to Redis of the write service. */
  readonly writerLink: FaultProxy
  readonly nodes: readonly CacheNode[]
  /** One more node, not started. */
  addNode(redisUrl: string): Promise<CacheNode>
}

export const busName = 'e2e'

/** Runs the test with a fleet, checks that no process came to harm but by the test's own hand, and ends them all. */
export async function withFleet(options: FleetOptions, test: (fleet: Fleet) => Promise<void>): Promise<void> {
  const { nodes: count, maxStalenessMs = 5000, leaseTtlMs = 10_000, leaseWaitMs = 2000 } = options
  const processes = new Processes()
  try {
    const [redis, database, writer] = await Promise.all([
      processes.add(startRedis()),
      processes.spawn<DatabaseMethods>('./database-process.js'),
      processes.spawn<WriterMethods>('./writer-process.js'),
    ])
    const [link, writerLink, databaseUrl] = await Promise.all([
      processes.add(startLink(redis)),
      processes.add(startLink(redis)),
      database.call('listen'),
    ])
    await writer.call('open', { name: busName, redis: writerLink.url, databaseUrl })
    const addNode = async (redisUrl: string) => {
      const node = await processes.spawn<CacheMethods>('./cache-process.js')
      await node.call('open', {
        name: busName,
        redis: redisUrl,
        databaseUrl,
        maxStalenessMs,
        leaseTtlMs,
        leaseWaitMs,
      })
      return node
    }
    const nodes = await Promise.all(Array.from({ length: count }, () => addNode(redis.url)))
    await Promise.all(nodes.map(becomesLive))
    await test({ redis, link, database, databaseUrl, writer, writerLink, nodes, addNode })
    processes.expectUnharmed()
  } finally {
    await processes.stop()
  }
}

/** Starts the node, or notes that it has started, and waits until it hears everything. */
export async function becomesLive(node: CacheNode): Promise<void> {
  await node.call('start')
  await eventually(async () => expect((await node.call('stats')).status, 'status of the node').to.equal('live'), {
    withinMs: 10_000,
  })
}

async function startLink(redis: RedisServer): Promise<FaultProxy & { stop(): Promise<void> }> {
  const link = await startProxy(redis)
  return Object.assign(link, { stop: link.close })
}

/** What a test has started, and must end even if half of it did not start. */
class Processes {
  readonly #starting: Promise<{ stop(): Promise<void> }>[] = []
  readonly #remotes: { expectUnharmed(): void }[] = []

  add<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
    this.#starting.push(starting)
    return starting
  }

  async spawn<M extends Methods>(script: string): Promise<Remote<M>> {
    const remote = await this.add(Remote.spawn<M>(script))
    this.#remotes.push(remote)
    return remote
  }

  expectUnharmed(): void {
    for (const remote of this.#remotes) remote.expectUnharmed()
  }

  async stop(): Promise<void> {
    const started = await Promise.allSettled(this.#starting)
    await Promise.all(started.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.stop() : undefined)))
  }
}
