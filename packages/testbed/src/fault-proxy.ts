import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { freePort } from './free-port.ts'
import type { Fault } from './pipe.ts'
import { type Link, openLink } from './proxy-link.ts'
import type { Address } from './redis-command.ts'
import { track } from './resource.ts'

/** `upstream` is from the client to the server, `downstream` from the server to the client. */
export type Direction = 'both' | 'upstream' | 'downstream'

/**
 * A TCP proxy on loopback that breaks on demand. A fault stays until another one replaces it in that direction or
 * `heal()` ends it, and holds for the connections that are open and for those to come.
 */
export interface FaultProxy extends AsyncDisposable {
  readonly url: string
  readonly host: string
  readonly port: number
  /** Connections open now. */
  readonly connections: number
  /** Connections accepted so far; those refused are not counted. */
  readonly accepted: number
  /** Closes every open connection on both sides; new ones are served. */
  cut(): void
  /** As `cut`, but within what comes next in this direction, of which half arrives: a reply, message or command that breaks off. */
  tear(direction: Exclude<Direction, 'both'>): void
  /**
   * Keeps connections open and loses their bytes, for good: a connection that was open meanwhile stays dead in that
   * direction after `heal()`, and ends when its client closes it or on `cut()`.
   */
  blackhole(direction?: Direction): void
  /** Holds bytes back, in order; they arrive after `heal()`. */
  stall(direction?: Direction): void
  /** Lets bytes through at this rate, for each connection and direction. */
  slow(bytesPerSecond: number): void
  /** Closes new connections at once; the open ones go on. */
  refuse(): void
  heal(): void
  close(): Promise<void>
}

const host = '127.0.0.1'
const portAttempts = 5
const none: Fault = { kind: 'none' }

export async function startProxy(target: Address): Promise<FaultProxy> {
  const links = new Set<Link>()
  const server = createServer({ allowHalfOpen: true, noDelay: true })
  const release = track({
    what: `fault proxy to ${target.host}:${target.port}`,
    destroy() {
      server.close()
      for (const link of links) link.destroy()
    },
  })
  try {
    const port = await listen(server)
    return faultProxy(server, port, target, links, release)
  } catch (error) {
    release()
    throw error
  }
}

function faultProxy(server: Server, port: number, target: Address, links: Set<Link>, release: () => void): FaultProxy {
  const faults: { upstream: Fault; downstream: Fault } = { upstream: none, downstream: none }
  let accepted = 0
  let refusing = false
  let closing: Promise<void> | undefined

  server.on('connection', (client: Socket) => {
    client.on('error', () => {})
    if (refusing) {
      client.destroy()
      return
    }
    accepted++
    const link = openLink(client, target, faults, () => links.delete(link))
    links.add(link)
  })
  const apply = (fault: Fault, direction: Direction) => {
    if (direction !== 'downstream') faults.upstream = fault
    if (direction !== 'upstream') faults.downstream = fault
    for (const link of links) link.apply(faults)
  }
  const cut = () => {
    for (const link of links) link.destroy()
  }
  const end = async () => {
    const closed = once(server, 'close')
    server.close()
    cut()
    await closed
    release()
  }
  const close = () => {
    closing ??= end()
    return closing
  }
  return {
    url: `redis://${host}:${port}`,
    host,
    port,
    get connections() {
      return links.size
    },
    get accepted() {
      return accepted
    },
    cut,
    tear(direction) {
      for (const link of links) link.tear(direction)
    },
    blackhole: (direction = 'both') => apply({ kind: 'blackhole' }, direction),
    stall: (direction = 'both') => apply({ kind: 'stall' }, direction),
    slow: (bytesPerSecond) => apply({ kind: 'slow', bytesPerSecond }, 'both'),
    refuse() {
      refusing = true
    },
    heal() {
      refusing = false
      apply(none, 'both')
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function listen(server: Server): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    try {
      server.listen(port, host)
      await once(server, 'listening')
      server.on('error', () => {})
      return port
    } catch (error) {
      if (attempt === portAttempts) throw error
    }
  }
}
