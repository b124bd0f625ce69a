import type { RedisServer } from '@rescind/testbed'

/** Who does the work: scripts, with all that they call, or commands of their own. */
export type Worker = 'scripts' | 'commands'

/** The time for which they kept the server busy while `run` ran, in µs. */
export async function serverWork(redis: RedisServer, worker: Worker, run: () => Promise<void>): Promise<number> {
  await redis.command('CONFIG', 'RESETSTAT')
  await run()
  const text = String(await redis.command('INFO', 'commandstats'))
  const counted = worker === 'scripts' ? isScript : isCommand
  return [...text.matchAll(/^cmdstat_([^:|]+):calls=\d+,usec=(\d+)/gm)]
    .filter(([, name = '']) => counted(name))
    .reduce((sum, [, , us]) => sum + Number(us), 0)
}

function isScript(name: string): boolean {
  return name === 'evalsha' || name === 'eval'
}

/** What this asks for itself is left out. */
function isCommand(name: string): boolean {
  return !isScript(name) && name !== 'info'
}
