import { startRedis } from '@rescind/testbed'
import type { Closing } from '../closing.ts'
import { UsageError } from '../options.ts'
import { forgetKeys, pingRedis } from './redis-keys.ts'

export interface Redis {
  readonly url: string
  readonly host: string
  readonly port: number
  /** What it is, for people. */
  readonly what: string
}

const defaultPort = 6379

/**
 * The Redis that REDIS_URL names, or a private one. At the end the private one is stopped, and the other is rid of the
 * keys of this run, which are those that have `runName` in their name.
 */
export async function openRedis(env: NodeJS.ProcessEnv, runName: string, closing: Closing): Promise<Redis> {
  const given = env['REDIS_URL']
  if (!given) {
    const server = await startRedis()
    closing.add(() => server.stop())
    const { url, host, port } = server
    return { url, host, port, what: 'Redis (private)' }
  }
  const { host, port } = parseRedisUrl(given)
  await pingRedis(given)
  closing.add(() => forgetKeys(given, runName))
  return { url: given, host, port, what: 'Redis at REDIS_URL' }
}

/** The same Redis with the same password and database, reached at another address. */
export function redisUrlVia(url: string, { host, port }: { readonly host: string; readonly port: number }): string {
  const via = new URL(url)
  via.hostname = host
  via.port = `${port}`
  return via.href
}

/** @throws {UsageError} for what one connection of which cannot go through the fault proxy. */
export function parseRedisUrl(text: string): { readonly host: string; readonly port: number } {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'redis:' || url.hostname === '') {
    throw new UsageError(
      'REDIS_URL must be redis://host:port without TLS: the demo cuts the connections of one process',
    )
  }
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: url.port === '' ? defaultPort : Number(url.port) }
}
