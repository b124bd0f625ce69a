import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { checkNumber, InvalidArgumentError } from '@rescind/options'
import { type Address, checkAddress } from './address.ts'
import { freePort } from './free-port.ts'
import type { Fault } from './pipe.ts'
import { type Link, openLink } from './proxy-link.ts'

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
  /**
   * Lets bytes through at this rate, for each connection and direction.
   *
   * @throws {InvalidArgumentError}
   */
  slow(bytesPerSecond: number): void
  /** Closes new connections at once; the open ones go on. */
  refuse(): void
  heal(): void
  /** Cuts every connection and stops listening. Any number of times. */
  close(): Promise<void>
  /** Settles once it is closed. */
  readonly closed: Promise<void>
}

const host = '127.0.0.1'
const portAttempts = 5
const directions: readonly Direction[] = ['both', 'upstream', 'downstream']
const none: Fault = { kind: 'none' }

/** @throws {InvalidArgumentError} */
export async function startProxy(target: Address): Promise<FaultProxy> {
  checkAddress('target', target)
  const server = createServer({ allowHalfOpen: true, noDelay: true })
  return faultProxy(server, await listen(server), { host: target.host, port: target.port })
}

function faultProxy(server: Server, port: number, target: Address): FaultProxy {
  const links = new Set<Link>()
  const faults: { upstream: Fault; downstream: Fault } = { upstream: none, downstream: none }
  const closed = new Promise<void>((resolve) => {
    server.once('close', resolve)
  })
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
    if (!directions.includes(direction))
      throw new InvalidArgumentError('direction', `one of ${directions.join(', ')}`, direction)
    if (direction !== 'downstream') faults.upstream = fault
    if (direction !== 'upstream') faults.downstream = fault
    for (const link of links) link.apply(faults)
  }
  const cut = () => {
    for (const link of links) link.destroy()
  }
  const end = async () => {
    server.close()
    cut()
    await closed
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
    slow(bytesPerSecond) {
      checkNumber('bytesPerSecond', bytesPerSecond, 0.001, Number.MAX_SAFE_INTEGER)
      apply({ kind: 'slow', bytesPerSecond }, 'both')
    },
    refuse() {
      refusing = true
    },
    heal() {
      refusing = false
      apply(none, 'both')
    },
    closed,
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
