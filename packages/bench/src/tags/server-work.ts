import type { RedisServer } from '@rescind/testbed'

/** The time for which commands kept the server busy while `run` ran, in µs. What a script calls is part of the script. */
export async function serverWork(redis: RedisServer, run: () => Promise<void>): Promise<number> {
  await redis.command('CONFIG', 'RESETSTAT')
  await run()
  const text = String(await redis.command('INFO', 'commandstats'))
  const spent = [...text.matchAll(/^cmdstat_([^:|]+):calls=\d+,usec=(\d+)/gm)].map(([, name, us]) => [name, Number(us)])
  const scripts = spent.filter(([name]) => name === 'evalsha' || name === 'eval')
  return (scripts.length > 0 ? scripts : spent.filter(([name]) => name !== 'info')).reduce(
    (sum, [, us]) => sum + Number(us),
    0,
  )
}
