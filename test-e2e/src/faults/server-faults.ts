import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { RedisServer } from '@rescind/testbed'
import { type Fault, type Heal, healed } from './fault.ts'
import { BUS } from './topology.ts'

const log = `{${BUS}}:log`
const meta = `{${BUS}}:meta`
const tags = `{${BUS}}:tags`
const channel = `{${BUS}}:messages`

/** More than a subscriber may have waiting, in one go. */
const burst = `for n = 1, 20 do redis.call('PUBLISH', '${channel}', string.rep('x', 65536)) end`
const usualLimit = 'pubsub 33554432 8388608 60'

/** What can become of a Redis that is alone. */
export function serverFaults(redis: RedisServer): readonly Fault[] {
  const snapshot = async () => {
    const [, directory] = Object(await redis.command('CONFIG', 'GET', 'dir'))
    return join(String(directory), 'dump.rdb')
  }
  /** Done at once, and not to be undone. */
  const command =
    (...args: readonly string[]) =>
    async () => {
      await redis.command(...args)
      return healed
    }
  return [
    lossless('all subscribers killed', command('CLIENT', 'KILL', 'TYPE', 'pubsub')),
    lossless('all other clients killed', command('CLIENT', 'KILL', 'TYPE', 'normal')),
    lossless('output buffers overflow', async () => {
      await redis.command('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 262144 0 0')
      await redis.command('EVAL', burst, '0')
      return async () => void (await redis.command('CONFIG', 'SET', 'client-output-buffer-limit', usualLimit))
    }),
    lossless('scripts flushed', command('SCRIPT', 'FLUSH')),
    lossless('server frozen', () => {
      redis.pause()
      return () => redis.resume()
    }),
    lossless('memory full, nothing evicted', async () => {
      await redis.command('CONFIG', 'SET', 'maxmemory', '1')
      return async () => void (await redis.command('CONFIG', 'SET', 'maxmemory', '0'))
    }),
    lossy('memory full, anything evicted', async () => {
      const used = Number(/used_memory:(\d+)/.exec(String(await redis.command('INFO', 'memory')))?.[1])
      await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
      await redis.command('CONFIG', 'SET', 'maxmemory', `${Math.round(used * 0.97)}`)
      return async () => {
        await redis.command('CONFIG', 'SET', 'maxmemory', '0')
        await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
      }
    }),
    lossy('everything flushed', command('FLUSHALL')),
    lossy('log deleted', command('DEL', log)),
    lossy('log emptied', command('XTRIM', log, 'MAXLEN', '0')),
    lossy('log trimmed', command('XTRIM', log, 'MAXLEN', '3')),
    lossy('state of the log deleted', command('DEL', meta)),
    lossy('markers of tags deleted', command('DEL', tags)),
    lossy('server restarted empty', async () => {
      await redis.kill()
      return () => redis.restart()
    }),
    lossy('server restarted from a snapshot', async (lastsMs) => {
      await redis.command('SAVE')
      await whileWritten(lastsMs)
      const file = await snapshot()
      await redis.kill()
      return async () => {
        await redis.restart()
        await rm(file)
      }
    }),
  ]
}

/** A while in which processes go on, and write what will be lost. */
export async function whileWritten(ms: number): Promise<void> {
  await pause(ms)
}

type Break = (lastsMs: number) => Promise<Heal> | Heal

function lossless(name: string, begin: Break): Fault {
  return serverFault(name, false, begin)
}

/** The log may lose what it has, or all of its history. */
export function lossy(name: string, begin: Break): Fault {
  return serverFault(name, true, begin)
}

function serverFault(name: string, mayFlush: boolean, begin: Break): Fault {
  return {
    name,
    lane: 'server',
    single: false,
    mayFlush,
    begin: (_member, lastsMs) => begin(lastsMs),
  }
}
