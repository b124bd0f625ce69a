import { availableParallelism, cpus } from 'node:os'
import { startRedis } from '@rescind/testbed'

/**
 * On what the figures were measured, in a line.
 *
 * @param withRedis whether Redis is part of it; it is started for its version.
 */
export async function describeEnvironment(withRedis: boolean): Promise<string> {
  const cpu = cpus()[0]?.model.trim() ?? 'unknown CPU'
  const machine = `${cpu}, ${availableParallelism()} cores · Node ${process.version}`
  return withRedis ? `${machine} · Redis ${await redisVersion()} · loopback` : machine
}

async function redisVersion(): Promise<string> {
  await using redis = await startRedis()
  return /redis_version:(\S+)/.exec(String(await redis.command('INFO', 'server')))?.[1] ?? 'unknown'
}
