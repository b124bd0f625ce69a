import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '@rescind/faults'
import { launchOnFreePort } from './launch-on-free-port.ts'
import type { ManagedProcess } from './managed-process.ts'
import { redisCommand } from './redis-command.ts'
import { track } from './resource.ts'
import { spawnRedis } from './spawn-redis.ts'

export interface RedisOptions {
  /** Further arguments for the server, such as `['--maxmemory', '4mb']`. */
  readonly args?: readonly string[]
}

/** A redis-server of one's own on loopback, which keeps nothing on disk. */
export interface RedisServer extends AsyncDisposable {
  readonly url: string
  readonly host: string
  readonly port: number
  /** Of the running server; the last one's while none runs. */
  readonly pid: number
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void
  resume(): void
  /** SIGKILL; settles when the process is gone. `restart()` may follow. */
  kill(): Promise<void>
  /** Ends the server if it runs and starts an empty one on the same port. */
  restart(): Promise<void>
  /** One command over a connection of its own; an error reply rejects. */
  command(...args: string[]): Promise<unknown>
  /** Ends the server and removes its files. */
  stop(): Promise<void>
}

const host = '127.0.0.1'
const readyWithinMs = 10_000

export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  let server: ManagedProcess | undefined
  let directory = ''
  const removeFiles = () => rmSync(directory, { recursive: true, force: true })
  const release = track({
    get what() {
      return `redis-server ${server?.pid ?? '(starting)'}`
    },
    destroy() {
      if (server?.running) process.kill(server.pid, 'SIGKILL')
      removeFiles()
    },
  })
  const launch = async (port: number) => {
    const args = ['--port', `${port}`, '--bind', host, '--dir', directory, '--save', '', '--appendonly', 'no']
    server = await spawnRedis([...args, ...(options.args ?? [])])
    await ready(server, port)
    return server
  }
  const end = async () => {
    await server?.stop()
    removeFiles()
    release()
  }

  try {
    directory = await mkdtemp(join(tmpdir(), 'rescind-redis-'))
    const { process, port } = await launchOnFreePort(launch)
    return redisServer(process, port, () => launch(port), end)
  } catch (error) {
    await end()
    throw error
  }
}

function redisServer(
  first: ManagedProcess,
  port: number,
  launch: () => Promise<ManagedProcess>,
  end: () => Promise<void>,
): RedisServer {
  let server = first
  let ending: Promise<void> | undefined
  const stop = () => {
    ending ??= end()
    return ending
  }
  return {
    url: `redis://${host}:${port}`,
    host,
    port,
    get pid() {
      return server.pid
    },
    pause: () => server.pause(),
    resume: () => server.resume(),
    kill: () => server.kill(),
    async restart() {
      if (ending !== undefined) throw new Error('This redis-server was stopped for good: start another')
      await server.stop()
      server = await launch()
    },
    command: (...args) => redisCommand({ host, port }, args),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** The server's own word comes first: on a lost race for the port it is another server that would answer. */
async function ready(server: ManagedProcess, port: number): Promise<void> {
  const died = server.exited.then((how) => {
    throw new Error(`redis-server ended with ${how} before it was ready:\n${server.output()}`)
  })
  const accepting = async () => {
    await eventually(
      () => {
        const accepts = !server.running || server.output().includes('Ready to accept connections')
        if (!accepts) throw new Error(`redis-server is not ready:\n${server.output()}`)
      },
      { withinMs: readyWithinMs },
    )
    if (server.running) await ping(port)
  }
  await Promise.race([died, accepting().then(() => (server.running ? undefined : died))])
}

async function ping(port: number): Promise<void> {
  try {
    await redisCommand({ host, port }, ['PING'])
  } catch (error) {
    // A server that wants a password answers, too.
    if (!String(error).includes('NOAUTH')) throw error
  }
}
