import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { eventually } from './eventually.ts'
import { type FaultProxy, startProxy } from './fault-proxy.ts'
import { type EchoServer, startEcho } from './fixtures/echo-server.ts'
import { Peer } from './fixtures/peer.ts'
import { realNow } from './real-clock.ts'
import { rejection } from './rejection.ts'

describe('startProxy', () => {
  let echo: EchoServer
  let proxy: FaultProxy
  let peers: Peer[]

  beforeEach(async () => {
    echo = await startEcho()
    proxy = await startProxy(echo)
    peers = []
  })

  afterEach(async () => {
    for (const peer of peers) peer.destroy()
    await proxy.close()
    await echo.close()
  })

  const connect = () => {
    const peer = new Peer(proxy)
    peers.push(peer)
    return peer
  }
  /** Connected end to end, which a mere connection to the proxy is not. */
  const connectThrough = async () => {
    const peer = connect()
    peer.send('hi')
    await peer.hears('hi')
    return peer
  }

  it('carries bytes both ways and counts its connections', async () => {
    const [first, second] = [await connectThrough(), await connectThrough()]
    expect(proxy).to.include({ connections: 2, accepted: 2, url: `redis://127.0.0.1:${proxy.port}` })
    first.end()
    await first.closes()
    await eventually(() => expect(proxy).to.include({ connections: 1, accepted: 2 }))
    expect(second.open).to.equal(true)
  })

  it('carries more than any buffer holds, whole and in order', async () => {
    const peer = connect()
    const text = Array.from({ length: 200_000 }, (_, line) => `${line}\n`).join('')
    peer.send(text)
    await peer.hears(text)
  })

  it('waits for a client that reads slowly, and loses nothing meanwhile', async () => {
    const peer = await connectThrough()
    peer.pause()
    const text = Array.from({ length: 512 }, (_, block) => `${block}`.padStart(8).repeat(8192)).join('')
    echo.shout(text)
    let backlog = 0
    await eventually(() => {
      const before = backlog
      backlog = echo.backlog
      expect(backlog).to.be.greaterThan(0).and.to.equal(before)
    })
    peer.resume()
    await peer.hears(`hi${text}`)
  })

  it('passes the end of a stream on after what came before it', async () => {
    const peer = connect()
    peer.send('last words')
    peer.end()
    await peer.closes()
    expect(peer.heard).to.equal('last words')
  })

  it('closes the client when the server goes away or was never there', async () => {
    const peer = await connectThrough()
    echo.drop()
    await peer.closes()
    await echo.close()
    await connect().closes()
    await eventually(() => expect(proxy.connections).to.equal(0))
  })

  it('cuts every connection and serves new ones', async () => {
    const peers = [await connectThrough(), await connectThrough()]
    proxy.cut()
    for (const peer of peers) await peer.closes()
    await eventually(() => expect(proxy.connections).to.equal(0))
    await eventually(() => expect(echo.connections).to.equal(0))
    await connectThrough()
  })

  it('tears a connection within what comes next, half of which arrives, and serves new ones', async () => {
    const [answered, asking, idle] = [await connectThrough(), await connectThrough(), await connectThrough()]
    proxy.tear('downstream')
    answered.send('12345678')
    await answered.closes()
    expect([answered.heard, echo.heard]).to.deep.equal(['hi1234', 'hihihi12345678'])
    proxy.heal()
    proxy.tear('upstream')
    asking.send('abcdef')
    await asking.closes()
    await eventually(() => expect(echo.heard).to.equal('hihihi12345678abc'))
    expect(asking.heard).to.equal('hi')
    proxy.heal()
    idle.send(' there')
    await idle.hears('hi there')
    await connectThrough()
  })

  it('loses bytes in a black hole for good and keeps the connection open', async () => {
    const peer = await connectThrough()
    proxy.blackhole()
    peer.send('lost')
    const late = connect()
    late.send('lost too')
    await eventually(() => expect(proxy.accepted).to.equal(2))
    proxy.heal()
    const fresh = await connectThrough()
    peer.send('still lost')
    late.send('still lost')
    fresh.send(' there')
    await fresh.hears('hi there')
    expect(echo.heard).to.equal('hihi there')
    expect([peer.heard, late.heard, peer.open, late.open]).to.deep.equal(['hi', '', true, true])
    expect(proxy.connections).to.equal(3)
  })

  it('lets go of a black-holed connection when its client closes it', async () => {
    const peer = await connectThrough()
    proxy.blackhole()
    peer.end()
    await peer.closes()
    await eventually(() => expect(proxy.connections).to.equal(0))
  })

  it('hides the end of the server behind a black hole', async () => {
    const peer = await connectThrough()
    proxy.blackhole()
    echo.drop()
    await eventually(() => expect(echo.connections).to.equal(0))
    proxy.heal()
    await connectThrough()
    expect(peer.open).to.equal(true)
    proxy.cut()
    await peer.closes()
  })

  it('loses only the answers when it is black-holed downstream', async () => {
    const peer = await connectThrough()
    proxy.blackhole('downstream')
    peer.send(' there')
    await eventually(() => expect(echo.heard).to.equal('hi there'))
    proxy.heal()
    await connectThrough()
    expect(peer.heard).to.equal('hi')
  })

  it('loses only the questions when it is black-holed upstream', async () => {
    const peer = await connectThrough()
    proxy.blackhole('upstream')
    peer.send('lost')
    echo.shout('news')
    await peer.hears('hinews')
    expect(echo.heard).to.equal('hi')
  })

  it('holds bytes back while stalled and delivers them in order', async () => {
    const peer = await connectThrough()
    proxy.stall()
    peer.send('1')
    const late = connect()
    late.send('a')
    echo.shout('!')
    await eventually(() => expect(proxy.accepted).to.equal(2))
    peer.send('2')
    late.send('b')
    expect([peer.heard, late.heard, echo.heard]).to.deep.equal(['hi', '', 'hi'])
    proxy.heal()
    await peer.hears('hi!12')
    await late.hears('ab')
  })

  it('delivers what was stalled to a client whose server has gone since', async () => {
    const peer = await connectThrough()
    proxy.stall('downstream')
    peer.send(' there')
    await eventually(() => expect(echo.heard).to.equal('hi there'))
    echo.drop()
    await eventually(() => expect(echo.connections).to.equal(0))
    expect(peer.open).to.equal(true)
    proxy.heal()
    await peer.closes()
    expect(peer.heard).to.equal('hi there')
  })

  it('holds back the end of a stream as well', async () => {
    const peer = await connectThrough()
    proxy.stall()
    echo.drop()
    await eventually(() => expect(echo.connections).to.equal(0))
    const late = connect()
    late.send('hello')
    await eventually(() => expect(echo.connections).to.equal(1))
    expect(peer.open).to.equal(true)
    proxy.heal()
    await peer.closes()
    await late.hears('hello')
  })

  it('refuses new connections, does not count them, and leaves the open ones alone', async () => {
    const peer = await connectThrough()
    proxy.refuse()
    await connect().closes()
    peer.send(' there')
    await peer.hears('hi there')
    expect(proxy).to.include({ connections: 1, accepted: 1 })
    proxy.heal()
    await connectThrough()
  })

  it('slows each direction down to a rate, and heals at once', async () => {
    const peer = await connectThrough()
    proxy.slow(1000)
    const startedAt = realNow()
    peer.send('x'.repeat(200))
    await peer.hears(`hi${'x'.repeat(200)}`)
    expect(realNow() - startedAt).to.be.greaterThan(190)
    proxy.slow(1)
    peer.send('y'.repeat(1000))
    proxy.heal()
    await peer.hears(`hi${'x'.repeat(200)}${'y'.repeat(1000)}`)
  })

  it('closes once, with connections open and faults on', async () => {
    const peer = await connectThrough()
    proxy.blackhole()
    await Promise.all([proxy.close(), proxy.close()])
    await proxy.close()
    await peer.closes()
    await connect().closes()
  })

  it('says when it is closed', async () => {
    let closed = false
    void proxy.closed.then(() => {
      closed = true
    })
    await connectThrough()
    expect(closed).to.equal(false)
    await proxy.close()
    expect(closed).to.equal(true)
  })

  it('refuses a target, a rate or a direction that there is not', async () => {
    const start = (target: unknown) => rejection(Reflect.apply(startProxy, undefined, [target]))
    expect((await start(undefined)).message).to.match(/^target must be an address/)
    expect((await start({ host: '127.0.0.1', port: 0 })).message).to.match(
      /^port of target must be a whole number from 1/,
    )
    expect(() => proxy.slow(0)).to.throw('bytesPerSecond must be a number from 0.001')
    expect(() => Reflect.apply(proxy.stall, proxy, ['up'])).to.throw(
      'direction must be one of both, upstream, downstream',
    )
  })
})
