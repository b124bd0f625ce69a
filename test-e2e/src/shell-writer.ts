import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type RedisServer, redisCli } from '@rescind/testbed'
import { busName } from './fleet.ts'

const script = new URL('../../docs/reference/broadcast.lua', import.meta.url)

/** What a write service says that has nothing but redis-cli and the script: a kind, and what it names. */
export type ShellWriter = (...what: readonly string[]) => Promise<{ readonly position: string; readonly chain: string }>

export async function shellWriter(redis: RedisServer): Promise<ShellWriter> {
  const sha = await redisCli(redis, ['-x', 'SCRIPT', 'LOAD'], readFileSync(script, 'utf8'))
  const keys = ['log', 'meta', 'tags'].map((key) => `{${busName}}:${key}`)
  return async (...what) => {
    const printed = await redisCli(redis, ['EVALSHA', sha, '3', ...keys, randomUUID(), 'shell', ...what])
    const [position = '', chain = ''] = printed.split('\n')
    return { position, chain }
  }
}
