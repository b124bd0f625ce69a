import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '@rescind/faults'
import { rejection } from '@rescind/faults/internal'
import { expect } from 'chai'
import { afterEach, describe, it } from 'mocha'
import { bounded } from './bounded.ts'
import { spawnNode } from './node-child.ts'
import { redisCommand } from './redis-command.ts'
import { startRedis } from './redis-server.ts'

const { RESCIND_REDIS_SERVER } = process.env
const realProgram = RESCIND_REDIS_SERVER || 'redis-server'

describe('startRedis', () => {
  afterEach(() => {
    useProgram(RESCIND_REDIS_SERVER ?? '')
  })

  it('starts a server that answers, empty and with nothing to save', async () => {
    await using redis = await startRedis()
    expect(redis.url).to.equal(`redis://${redis.host}:${redis.port}`)
    expect(await redis.command('DBSIZE')).to.equal(0)
    expect(await redis.command('CONFIG', 'GET', 'save')).to.deep.equal(['save', ''])
    expect(await redis.command('INFO', 'server')).to.include(`process_id:${redis.pid}\r\n`)
  })

  it('passes further arguments on', async () => {
    await using redis = await startRedis({ args: ['--maxmemory', '4mb'] })
    expect(await redis.command('CONFIG', 'GET', 'maxmemory')).to.deep.equal(['maxmemory', '4194304'])
  })

  it('counts as started when it wants a password', async () => {
    await using redis = await startRedis({ args: ['--requirepass', 'secret'] })
    expect((await rejection(redis.command('DBSIZE'))).message).to.include('NOAUTH')
  })

  it('rejects a command with the error reply', async () => {
    await using redis = await startRedis()
    await redis.command('SET', 'text', 'a')
    expect((await rejection(redis.command('INCR', 'text'))).message).to.include('ERR value is not an integer')
  })

  it('answers nothing while paused, and the same question once resumed', async () => {
    await using redis = await startRedis()
    redis.pause()
    const answered = redis.command('PING')
    await rejection(bounded(answered, 200, () => 'no answer'))
    redis.resume()
    expect(await answered).to.equal('PONG')
  })

  it('is gone when kill settles, and comes back empty on the same port', async () => {
    await using redis = await startRedis()
    const { pid, port } = redis
    await redis.command('SET', 'key', 'value')
    await redis.kill()
    expect(() => process.kill(pid, 0)).to.throw('ESRCH')
    expect((await rejection(redis.command('PING'))).message).to.include('ECONNREFUSED')
    await redis.restart()
    expect(redis.port).to.equal(port)
    expect(redis.pid).not.to.equal(pid)
    expect(await redis.command('GET', 'key')).to.equal(null)
  })

  it('stops once however often it is asked to, paused or not, and removes its files', async () => {
    const redis = await startRedis()
    const [, directory] = Object(await redis.command('CONFIG', 'GET', 'dir'))
    expect(existsSync(directory)).to.equal(true)
    redis.pause()
    await Promise.all([redis.stop(), redis.stop()])
    await redis.stop()
    expect(() => process.kill(redis.pid, 0)).to.throw('ESRCH')
    expect(existsSync(directory)).to.equal(false)
    expect((await rejection(redis.restart())).message).to.include('start another')
  })

  it('leaves no server behind when the process that started it is told to end', async () => {
    await using child = await spawnNode(new URL('./fixtures/child.js', import.meta.url))
    const address = { host: '127.0.0.1', port: Number(await child.call('redis')) }
    expect(await redisCommand(address, ['PING'])).to.equal('PONG')
    await child.stop()
    await eventually(async () => {
      expect((await rejection(redisCommand(address, ['PING']))).message).to.include('ECONNREFUSED')
    })
  })

  it('tries another port when it lost the race for the one it chose', async () => {
    const losesOnce = `[ -e "$0.lost" ] && exec ${realProgram} "$@"; touch "$0.lost"; echo "bind: Address already in use"; exit 1`
    await withProgram(losesOnce, async (program) => {
      await using redis = await startRedis()
      expect(await redis.command('PING')).to.equal('PONG')
      expect(existsSync(`${program}.lost`)).to.equal(true)
    })
  })

  it('says what to do when there is no redis-server', async () => {
    useProgram('/no/such/redis-server')
    const error = await rejection(startRedis())
    expect(error.message).to.include('/no/such/redis-server').and.to.include('RESCIND_REDIS_SERVER')
  })

  it('shows what a server wrote that died before it was ready', async () => {
    const error = await rejection(startRedis({ args: ['--no-such-option', 'yes'] }))
    expect(error.message).to.include('ended with code 1').and.to.include('Bad directive')
  })
})

function useProgram(program: string): void {
  Object.assign(process.env, { RESCIND_REDIS_SERVER: program })
}

/** Runs the test with a shell script in the place of redis-server. */
async function withProgram(script: string, test: (program: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'rescind-program-'))
  const program = join(directory, 'redis-server')
  await writeFile(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  useProgram(program)
  await test(program).finally(() => rm(directory, { recursive: true }))
}
