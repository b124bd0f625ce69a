import { type NodeChild, type RedisServer, spawnNode, startRedis } from '@rescind/testbed'
import { keysOf, type Load } from './load.ts'
import { type Measured, measure } from './measured.ts'
import { PublisherHandle } from './processes/publisher-handle.ts'
import { ReceiverHandle } from './processes/receiver-handle.ts'

/** A call to a process takes less: each load is bounded, and so is what it waits for. */
const callWithinMs = 30_000
const arriveWithinMs = 5_000

/** A Redis of one's own, a publisher and some receivers, each a process with all peers in it. */
export class Fleet implements AsyncDisposable {
  readonly #redis: RedisServer
  readonly #children: readonly NodeChild[]
  readonly #publisher: PublisherHandle
  readonly #receivers: readonly ReceiverHandle[]

  private constructor(redis: RedisServer, publisher: NodeChild, receivers: readonly NodeChild[]) {
    this.#redis = redis
    this.#children = [publisher, ...receivers]
    this.#publisher = new PublisherHandle(publisher)
    this.#receivers = receivers.map((child) => new ReceiverHandle(child))
  }

  static async start(peers: readonly string[], receivers: number): Promise<Fleet> {
    const redis = await startRedis()
    const started: NodeChild[] = []
    try {
      const start = async (script: string) => {
        const child = await spawnNode(new URL(script, import.meta.url), { withinMs: callWithinMs })
        started.push(child)
        await child.call('open', redis.url, peers)
        return child
      }
      const scripts = Array.from({ length: receivers }, () => './processes/receiver-process.js')
      const listening = await Promise.all(scripts.map(start))
      return new Fleet(redis, await start('./processes/publisher-process.js'), listening)
    } catch (error) {
      await Promise.all(started.map((child) => child.stop()))
      await redis.stop()
      throw error
    }
  }

  /** Lets every receiver hold a value for each key of the load: the first one alone, so that the others find it. */
  async hold(peer: string, { calls, keysPerCall }: Load): Promise<void> {
    const keys = Array.from({ length: calls }, (_, n) => keysOf(n, keysPerCall)).flat()
    const [first, ...rest] = this.#receivers
    await first?.hold(peer, keys)
    await Promise.all(rest.map((receiver) => receiver.hold(peer, keys)))
    await this.#checkHeld(peer, keys, keys.length)
  }

  /** Sends the load, waits until it has arrived everywhere, and checks that no key is held any more. */
  async run(peer: string, load: Load): Promise<Measured> {
    await Promise.all(this.#receivers.map((receiver) => receiver.expect(peer, load.calls)))
    const sent = await this.#publisher.send(peer, load)
    const calls = sent.atMs.length
    const arrived = await Promise.all(this.#receivers.map((receiver) => receiver.collect(peer, calls, arriveWithinMs)))
    const measured = measure(sent, arrived)
    const sample = Array.from({ length: Math.min(calls, 1_000) }, (_, n) => keysOf(n, 1)).flat()
    if (measured.missing === 0) await this.#checkHeld(peer, sample, 0)
    return measured
  }

  async close(): Promise<void> {
    const closed = await Promise.allSettled(this.#children.map((child) => child.call('close')))
    await Promise.all(this.#children.map((child) => child.stop()))
    await this.#redis.stop()
    for (const result of closed) if (result.status === 'rejected') throw result.reason
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #checkHeld(peer: string, keys: readonly string[], expected: number): Promise<void> {
    for (const receiver of this.#receivers) {
      const held = await receiver.held(peer, keys)
      if (held !== expected) throw new Error(`${peer}: ${held} keys are held and not ${expected}`)
    }
  }
}
