import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { RedisServer } from '@rescind/testbed'
import { BUS } from './topology.ts'

const script = new URL('../../../docs/reference/broadcast.lua', import.meta.url)
const choice = "clustered and 'SPUBLISH' or 'PUBLISH'"

/** Appends an invalidation to the log of which nobody hears: it is published where no subscriber of a single Redis listens. */
export async function invalidateUnheard(redis: RedisServer, region: string, key: string): Promise<void> {
  const parts = readFileSync(script, 'utf8').split(choice)
  if (parts.length !== 2) throw new Error('The script chooses how to publish in another way: bring this up to date')
  const keys = ['log', 'meta', 'tags'].map((name) => `{${BUS}}:${name}`)
  await redis.command(
    'EVAL',
    parts.join("'SPUBLISH'"),
    '3',
    ...keys,
    randomUUID(),
    'unheard',
    'invalidate',
    region,
    key,
  )
}
