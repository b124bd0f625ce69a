import { startChild } from '../child.ts'
import type { Closing } from '../closing.ts'
import { within } from '../until.ts'

export interface Database {
  readonly url: string
  /** What it is, for people. */
  readonly what: string
}

const bootWithinMs = 30_000

/** The PostgreSQL that DATABASE_URL names, or PGlite in a process of its own. */
export async function openDatabase(env: NodeJS.ProcessEnv, closing: Closing, signal: AbortSignal): Promise<Database> {
  const given = env['DATABASE_URL']
  if (given) return { url: given, what: 'PostgreSQL at DATABASE_URL' }
  const child = await startChild({ name: 'database', script: './database/database-process.js', closing, signal })
  const port = await within('PGlite to boot', child.call('start'), { withinMs: bootWithinMs, signal })
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, what: 'PostgreSQL (PGlite)' }
}
