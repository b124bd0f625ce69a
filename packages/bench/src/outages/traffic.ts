import type { RedisServer } from '@rescind/testbed'

/** Bytes that a server has received and sent since it started. */
export async function bytesOf(redis: RedisServer): Promise<number> {
  const stats = String(await redis.command('INFO', 'stats'))
  return ['total_net_input_bytes', 'total_net_output_bytes']
    .map((field) => Number(new RegExp(`${field}:(\\d+)`).exec(stats)?.[1]))
    .reduce((sum, bytes) => sum + bytes, 0)
}

/** How many bytes went over the wire in each of so many turns. What asking for them costs is taken off. */
export async function bytesPerTurn(redis: RedisServer, turns: number, work: () => Promise<void>): Promise<number> {
  const before = await bytesOf(redis)
  const asking = (await bytesOf(redis)) - before
  await work()
  return ((await bytesOf(redis)) - before - 2 * asking) / turns
}
