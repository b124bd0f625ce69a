import { execFile, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { eventually } from '@rescind/faults'
import { launchOnFreePort } from './launch-on-free-port.ts'
import { type ManagedProcess, manage } from './managed-process.ts'
import { postgresPrograms } from './postgres-programs.ts'
import { folderFor, postgresUser } from './postgres-user.ts'
import { track } from './resource.ts'

/**
 * A PostgreSQL of one's own on loopback, with an empty database. It asks for no password. What was committed survives
 * `kill()`, though not the end of the machine: nothing is forced to the disk.
 */
export interface PostgresServer extends AsyncDisposable {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly dataFolder: string
  /** Of the running server; the last one's while none runs. */
  readonly pid: number
  /** SIGKILL; settles when the process is gone, and its children soon after. `restart()` may follow. */
  kill(): Promise<void>
  /** Ends the server if it runs, which ends all connections, and starts it with the same data on the same port. */
  restart(): Promise<void>
  /** Ends the server and removes its files. */
  stop(): Promise<void>
}

const host = '127.0.0.1'
const readyWithinMs = 30_000

export async function startPostgres(): Promise<PostgresServer> {
  const { postgres, initdb } = postgresPrograms()
  const user = postgresUser()
  const folder = await folderFor(user)
  const data = join(folder, 'data')
  // Its children may be on their way out, and write until they are.
  const removeFiles = () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  // A working directory that the user may not enter ends either program.
  const options = { ...user, cwd: folder, env: { PATH: process.env['PATH'], LC_ALL: 'C' } }
  let server: ManagedProcess | undefined
  const release = track({
    get what() {
      return `postgres ${server?.pid ?? '(starting)'}`
    },
    destroy() {
      if (server?.running) process.kill(server.pid, 'SIGKILL')
      removeFiles()
    },
  })
  const launch = async (port: number) => {
    const args = ['-D', data, '-p', `${port}`, ...settings()]
    server = await manage(spawn(postgres, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] }))
    await ready(server)
    return server
  }
  let ending: Promise<void> | undefined
  const end = async () => {
    if (server) await stop(server)
    removeFiles()
    release()
  }
  const endOnce = () => {
    ending ??= end()
    return ending
  }

  try {
    const args = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--no-instructions']
    await promisify(execFile)(initdb, args, { ...options, timeout: readyWithinMs })
    const { port, process: first } = await launchOnFreePort(launch)
    server = first
    return {
      url: `postgres://postgres@${host}:${port}/postgres`,
      host,
      port,
      dataFolder: data,
      get pid() {
        return (server ?? first).pid
      },
      kill: () => (server ?? first).kill(),
      async restart() {
        if (ending !== undefined) throw new Error('This postgres was stopped for good: start another')
        await stop(server ?? first)
        // The children of one that was killed use its memory until they notice, and no other starts before.
        await eventually(() => launch(port), { withinMs: readyWithinMs })
      },
      stop: endOnce,
      [Symbol.asyncDispose]: endOnce,
    }
  } catch (error) {
    await endOnce()
    throw error
  }
}

function settings(): readonly string[] {
  const set = {
    listen_addresses: host,
    unix_socket_directories: '',
    fsync: 'off',
    // In the folder of the data: a server that is killed leaves nothing elsewhere.
    dynamic_shared_memory_type: 'mmap',
    max_connections: '50',
    shared_buffers: '16MB',
  }
  return Object.entries(set).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** SIGTERM would wait for the clients to leave. */
async function stop(server: ManagedProcess): Promise<void> {
  if (server.running) process.kill(server.pid, 'SIGINT')
  await server.stop()
}

async function ready(server: ManagedProcess): Promise<void> {
  const died = server.exited.then((how) => {
    throw new Error(`postgres ended with ${how} before it was ready:\n${server.output()}`)
  })
  const accepting = eventually(
    () => {
      const accepts = !server.running || server.output().includes('ready to accept connections')
      if (!accepts) throw new Error(`postgres is not ready:\n${server.output()}`)
    },
    { withinMs: readyWithinMs },
  )
  await Promise.race([died, accepting.then(() => (server.running ? undefined : died))])
}
