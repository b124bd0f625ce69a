import { setTimeout as pause } from 'node:timers/promises'
import { connect } from '../connect.ts'
import { type Item, itemOf } from '../remote/remote-cache.ts'

const loadsKey = 'loads'

/** A database for several processes: a Redis of its own, which nothing disturbs. It counts what it is asked. */
export class Source {
  readonly #redis: ReturnType<typeof connect>
  /** How long a load takes. It returns what it saw when it began, as a slow query does. */
  delayMs = 0

  constructor(url: string) {
    this.#redis = connect(url)
    this.#redis.options.enableAutoPipelining = true
  }

  readonly load = async (id: string): Promise<Item> => {
    const [version] = await Promise.all([this.#redis.get(versionKey(id)), this.#redis.incr(loadsKey)])
    if (this.delayMs > 0) await pause(this.delayMs)
    return itemOf(id, Number(version ?? 1))
  }

  readonly loadMany = (ids: readonly string[]): Promise<Item[]> => Promise.all(ids.map(this.load))

  /** Gives each of these a new version. */
  async commit(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#redis.eval(RAISE, 1, versionKey(id))))
  }

  /** How many loads have begun, in all processes. */
  async loads(): Promise<number> {
    return Number((await this.#redis.get(loadsKey)) ?? 0)
  }

  close(): void {
    this.#redis.disconnect()
  }
}

/** What was never written has version 1. */
const RAISE = "redis.call('SET', KEYS[1], 1, 'NX') return redis.call('INCR', KEYS[1])"

function versionKey(id: string): string {
  return `version:${id}`
}
