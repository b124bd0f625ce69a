import type { Processes } from '../processes.ts'
import { within } from '../until.ts'

export interface Database {
  readonly url: string
  /** What it is, for people. */
  readonly what: string
}

const bootWithinMs = 30_000

/** The PostgreSQL that DATABASE_URL names, or PGlite in a process of its own. */
export async function openDatabase(env: NodeJS.ProcessEnv, processes: Processes): Promise<Database> {
  const given = env['DATABASE_URL']
  if (given) return { url: given, what: 'PostgreSQL at DATABASE_URL' }
  const child = await processes.start('database', './database/database-process.js')
  const port = await within('PGlite to boot', child.call('start'), { withinMs: bootWithinMs, signal: processes.signal })
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, what: 'PostgreSQL (PGlite)' }
}
