import type { RedisServer } from '@rescind/testbed'
import { expect } from 'chai'
import { busName } from './fleet.ts'

/** The position of the last message of the log. */
export async function tailOf(redis: RedisServer): Promise<string> {
  const entries = await redis.command('XREVRANGE', `{${busName}}:log`, '+', '-', 'COUNT', '1')
  expect(entries, 'the tail of the log').to.be.an('array').with.lengthOf(1)
  const [[position]] = Object(entries)
  return String(position)
}
