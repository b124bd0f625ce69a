import { availableParallelism, cpus } from 'node:os'
import { startRedis } from '@rescind/testbed'

/** On what the figures were measured, in a line. */
export async function describeEnvironment(): Promise<string> {
  const cpu = cpus()[0]?.model.trim() ?? 'unknown CPU'
  return `${cpu}, ${availableParallelism()} cores · Node ${process.version} · Redis ${await redisVersion()} · loopback`
}

async function redisVersion(): Promise<string> {
  await using redis = await startRedis()
  return /redis_version:(\S+)/.exec(String(await redis.command('INFO', 'server')))?.[1] ?? 'unknown'
}
