import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { eventually } from '@rescind/faults'
import { rejection } from '@rescind/faults/internal'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { spawnNode } from './node-child.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

const { RESCIND_POSTGRES_SERVER = '' } = process.env

describe('startPostgres', function () {
  this.timeout(60_000)
  let server: PostgresServer

  before(async () => {
    server = await startPostgres()
  })
  after(() => server.stop())
  afterEach(() => useProgram(RESCIND_POSTGRES_SERVER))

  it('starts a server that answers', async () => {
    expect(server.url).to.equal(`postgres://postgres@${server.host}:${server.port}/postgres`)
    expect(await answers(server.port)).to.equal(true)
  })

  it('is gone when kill settles, and comes back on the same port, with its children of before still leaving', async () => {
    const { pid, port } = server
    await server.kill()
    expect(() => process.kill(pid, 0)).to.throw('ESRCH')
    expect(await answers(port)).to.equal(false)
    await server.restart()
    expect(server.pid).not.to.equal(pid)
    expect(await answers(port)).to.equal(true)
  })

  it('stops once however often it is asked to, and removes its files', async () => {
    const other = await startPostgres()
    const folder = dirname(other.dataFolder)
    expect(existsSync(folder)).to.equal(true)
    await Promise.all([other.stop(), other.stop()])
    await other.stop()
    expect(() => process.kill(other.pid, 0)).to.throw('ESRCH')
    expect(existsSync(folder)).to.equal(false)
    expect((await rejection(other.restart())).message).to.include('start another')
  })

  it('leaves no server behind when the process that started it is told to end', async () => {
    await using child = await spawnNode(new URL('./fixtures/child.js', import.meta.url))
    const port = Number(await child.call('postgres'))
    expect(await answers(port)).to.equal(true)
    await child.stop()
    await eventually(async () => expect(await answers(port)).to.equal(false))
  })

  it('says what to do when there is no postgres', async () => {
    useProgram('/no/such/postgres')
    const error = await rejection(startPostgres())
    expect(error.message).to.include('/no/such/postgres').and.to.include('RESCIND_POSTGRES_SERVER')
  })
})

function useProgram(program: string): void {
  Object.assign(process.env, { RESCIND_POSTGRES_SERVER: program })
}

/** Whether what listens there says `N`, as PostgreSQL does to one who asks for TLS where it has none. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from('0000000804d2162f', 'hex')))
    const settle = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('data', (data) => settle(data.toString() === 'N'))
    socket.on('error', () => settle(false))
    socket.on('close', () => settle(false))
  })
}
