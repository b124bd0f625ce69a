import { setTimeout as pause } from 'node:timers/promises'
import { eventually, type NodeChild, type RedisServer, spawnNode, startRedis } from '@rescind/testbed'
import { machineClockMs } from '../machine-clock.ts'
import type { StoreName } from './all-stores.ts'
import { ReaderHandle, type Watched } from './reader-handle.ts'
import { type Recovery, recoveryOf } from './recovery.ts'

export interface ReaderFleetOptions {
  readonly stores: readonly StoreName[]
  readonly processes: number
  /** In a closed loop, in each process. */
  readonly readers: number
  readonly keys: number
  readonly loadMs: number
  /** Most loads at a time in each process, for the variant that is paced. */
  readonly pacedLoads: number
  readonly maxStalenessMs: number
  /** How long to read before what is measured. */
  readonly warmMs: number
}

const callWithinMs = 30_000
const refillWithinMs = 20_000

/** A Redis of one's own, and processes that read through all stores, one store at a time. */
export class ReaderFleet implements AsyncDisposable {
  readonly #redis: RedisServer
  readonly #children: readonly NodeChild[]
  readonly #processes: readonly ReaderHandle[]
  readonly #keys: readonly string[]
  readonly #options: ReaderFleetOptions

  private constructor(redis: RedisServer, children: readonly NodeChild[], options: ReaderFleetOptions) {
    this.#redis = redis
    this.#children = children
    this.#processes = children.map((child) => new ReaderHandle(child))
    this.#keys = Array.from({ length: options.keys }, (_, n) => `item${n}`)
    this.#options = options
  }

  static async start(options: ReaderFleetOptions): Promise<ReaderFleet> {
    const { stores, loadMs, pacedLoads, maxStalenessMs } = options
    const redis = await startRedis()
    const started: NodeChild[] = []
    const start = async () => {
      const child = await spawnNode(new URL('./reader-process.js', import.meta.url), { withinMs: callWithinMs })
      started.push(child)
      await child.call('open', { redisUrl: redis.url, maxStalenessMs, pacedLoads }, stores, loadMs)
    }
    try {
      await Promise.all(Array.from({ length: options.processes }, start))
      return new ReaderFleet(redis, started, options)
    } catch (error) {
      await Promise.all(started.map((child) => child.stop()))
      await redis.stop()
      throw error
    }
  }

  /** One of the processes empties all. */
  clear(store: StoreName): Promise<Recovery> {
    return this.#recover(store, async () => void (await this.#processes[0]?.clear(store)))
  }

  /** Redis is killed, and starts again, empty. */
  restart(store: StoreName): Promise<Recovery> {
    return this.#recover(store, () => this.#redis.restart())
  }

  /** Redis is killed, and stays away for so long: what is asked of the source meanwhile. */
  async away(store: StoreName, forMs: number): Promise<Recovery> {
    await this.#warm(store)
    await this.#redis.kill()
    const eventAtMs = machineClockMs()
    await pause(forMs)
    const watched = await this.#end(store)
    await this.#redis.restart()
    return recoveryOf(watched, eventAtMs)
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

  async #recover(store: StoreName, event: () => Promise<void>): Promise<Recovery> {
    await this.#warm(store)
    await Promise.all(this.#processes.map((process) => process.watch()))
    const eventAtMs = machineClockMs()
    await event()
    await eventually(
      async () => {
        const refilled = await Promise.all(this.#processes.map((process) => process.refilled()))
        if (refilled.includes(false)) throw new Error(`${store}: not all processes hold all keys again`)
      },
      { withinMs: refillWithinMs },
    )
    return recoveryOf(await this.#end(store), eventAtMs)
  }

  /** Lets all processes hold everything, the first one alone, so that the others find it; and read for a while. */
  async #warm(store: StoreName): Promise<void> {
    const [first, ...rest] = this.#processes
    await first?.hold(store, this.#keys)
    await Promise.all(rest.map((process) => process.hold(store, this.#keys)))
    await Promise.all(this.#processes.map((process) => process.begin(store, this.#keys, this.#options.readers)))
    await pause(this.#options.warmMs)
  }

  #end(store: StoreName): Promise<Watched[]> {
    return Promise.all(this.#processes.map((process) => process.end(store)))
  }
}
