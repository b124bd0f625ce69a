import { connect } from '../connect.ts'

/** Deletes go out in pipelines of so many. */
const CHUNK = 1_000

/** What one writes in an afternoon: a set of keys for each tag, of which each key is deleted. */
export class KeySetTags {
  readonly #redis: ReturnType<typeof connect>

  constructor(redisUrl: string) {
    this.#redis = connect(redisUrl)
  }

  /** Gives so many keys the tag; in the server, since it is not measured. */
  async fill(tag: string, keys: number): Promise<void> {
    const script = `for n = 1, tonumber(ARGV[2]) do
      redis.call('SET', 'key:' .. ARGV[1] .. ':' .. n, 'x')
      redis.call('SADD', 'tag:' .. ARGV[1], 'key:' .. ARGV[1] .. ':' .. n)
    end`
    await this.#redis.eval(script, 0, tag, keys)
  }

  async invalidate(tag: string): Promise<void> {
    const keys = await this.#redis.smembers(`tag:${tag}`)
    for (let from = 0; from < keys.length; from += CHUNK) {
      const pipeline = this.#redis.pipeline()
      for (const key of keys.slice(from, from + CHUNK)) pipeline.unlink(key)
      await pipeline.exec()
    }
    await this.#redis.unlink(`tag:${tag}`)
  }

  async close(): Promise<void> {
    await this.#redis.quit()
  }
}
