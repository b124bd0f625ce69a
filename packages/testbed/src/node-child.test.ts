import { connect } from 'node:net'
import { eventually } from '@rescind/faults'
import { freePort, rejection } from '@rescind/faults/internal'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { type NodeChild, type NodeChildOptions, spawnNode } from './node-child.ts'

const script = new URL('./fixtures/child.js', import.meta.url)

describe('spawnNode', () => {
  it('calls a method of the child with copies of the parameters and answers with a copy of the result', async () => {
    await using child = await start()
    expect(await child.call('add', 2, 3)).to.equal(5)
    expect(await child.call('echo', new Map([['a', undefined]]))).to.deep.equal(new Map([['a', undefined]]))
  })

  it('matches each answer with its call, whatever the order they are answered in', async () => {
    await using child = await start()
    expect(await Promise.all([child.call('held', 'first'), child.call('release', 'second')])).to.deep.equal([
      'first',
      'second',
    ])
  })

  it('carries name, message and code of an error over', async () => {
    await using child = await start()
    const error = await rejection(child.call('fail'))
    expect(error).to.include({ name: 'RangeError', message: 'too far', code: 'E_FAR' })
  })

  it('rejects a method that the child does not serve, even one that every object has', async () => {
    await using child = await start()
    expect((await rejection(child.call('toString'))).message).to.equal(`The child serves no method 'toString'`)
  })

  it('rejects a call whose result cannot be copied', async () => {
    await using child = await start()
    expect((await rejection(child.call('uncopyable'))).message).to.include('could not be cloned')
  })

  it('hears events in order, also those from before anybody listened, and stops when told to', async () => {
    await using child = await start({ env: { GREETING: 'hello' } })
    const heard: unknown[] = []
    const unlisten = child.onEvent((event) => heard.push(event))
    await child.call('shout', 1)
    await child.call('shout', 2)
    await eventually(() => expect(heard).to.deep.equal(['hello', 1, 2]))
    unlisten()
    await child.call('shout', 3)
    expect(heard).to.deep.equal(['hello', 1, 2])
  })

  it('gives up on a call that a paused child does not answer, and serves again when resumed', async () => {
    await using child = await start({ withinMs: 2000 })
    child.pause()
    expect((await rejection(child.call('add', 1, 1))).message).to.include('add() was not answered')
    child.resume()
    expect(await child.call('add', 1, 1)).to.equal(2)
  })

  it('rejects the calls under way, and those to come, when the child is killed', async () => {
    await using child = await start()
    const underWay = rejection(child.call('held', 'never'))
    await child.kill()
    expect(child.running).to.equal(false)
    expect((await underWay).message).to.include('ended with signal SIGKILL')
    expect((await rejection(child.call('add', 1, 1))).message).to.include('ended with signal SIGKILL')
  })

  it('shows what the child wrote when it dies before it serves', async () => {
    const error = await rejection(spawnNode(script, { env: { DIE: 'early' } }))
    expect(error.message).to.include('ended with code 3').and.to.include('a word before dying')
  })

  it('says so when the script never serves', async () => {
    const error = await rejection(spawnNode(script, { env: { DIE: 'never' }, withinMs: 500 }))
    expect(error.message).to.include('did not call serve()')
  })

  it('lets a child that is paused say farewell when it is stopped', async () => {
    const child = await start({ env: { FAREWELL: 'bye' } })
    child.pause()
    await child.stop()
    expect(child.output()).to.equal('bye')
  })

  it('stops a child that is paused and ignores SIGTERM', async () => {
    const child = await start({ env: { STUBBORN: 'yes' } })
    child.pause()
    await child.stop()
    await child.stop()
    expect(() => process.kill(child.pid, 0)).to.throw('ESRCH')
  })

  it('leaves no child behind when the parent is killed', async () => {
    await using parent = await start()
    const port = await freePort()
    await parent.call('listenInChild', script.href, port)
    expect(await answers(port)).to.equal(true)
    await parent.kill()
    await eventually(async () => expect(await answers(port)).to.equal(false))
  })
})

function start(options?: NodeChildOptions): Promise<NodeChild> {
  return spawnNode(script, options)
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
