import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { bounded } from './bounded.ts'

/** A child process with its output kept and every way to end it. */
export interface ManagedProcess {
  readonly pid: number
  readonly running: boolean
  /** How it ended, in words; settles when it has. */
  readonly exited: Promise<string>
  /** The last of what it wrote to stdout and stderr. */
  output(): string
  /** SIGSTOP: alive, sockets open, doing nothing. */
  pause(): void
  /** SIGCONT. */
  resume(): void
  /** SIGKILL; settles when the process is gone. */
  kill(): Promise<void>
  /** SIGTERM, and SIGKILL when that is not enough; settles when the process is gone. A paused process is resumed. */
  stop(): Promise<void>
}

const outputLimit = 64 * 1024
const gracefulMs = 2000
const forcedMs = 5000

/** Takes charge of a child just spawned; rejects when the program could not be started. */
export async function manage(child: ChildProcess): Promise<ManagedProcess> {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-outputLimit)
    })
  }
  const closed = once(child, 'close')
  await Promise.race([once(child, 'spawn'), closed])
  child.on('error', () => {})
  const { pid } = child
  if (pid === undefined) throw new Error('The process has no pid')

  const exited = closed.then(([code, signal]) => (signal === null ? `code ${code}` : `signal ${signal}`))
  const isRunning = () => child.exitCode === null && child.signalCode === null
  const kill = async () => {
    if (isRunning()) child.kill('SIGKILL')
    await bounded(exited, forcedMs, () => `Process ${pid} outlived SIGKILL`)
  }
  return {
    pid,
    get running() {
      return isRunning()
    },
    exited,
    output: () => output.trim(),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill,
    async stop() {
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      await bounded(exited, gracefulMs, () => `Process ${pid} outlived SIGTERM`).catch(kill)
    },
  }
}
