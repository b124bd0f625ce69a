import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Ended {
  /** Null if it had to be killed. */
  readonly code: number | null
  readonly output: string
}

/** A Node process without a channel to this one: nothing but its own work keeps it alive. */
export interface Program {
  /** Settles once the program has printed the line. */
  prints(line: string): Promise<void>
  /** Ends its standard input. */
  endInput(): void
  /** Settles when it has ended, by itself or because its time was up. */
  readonly ended: Promise<Ended>
}

/** Runs a script, for `withinMs` at most: a program that takes longer is killed. */
export function runProgram(
  script: string,
  args: readonly string[],
  {
    env = {},
    cwd,
    withinMs = 10_000,
  }: { env?: Readonly<Record<string, string>>; cwd?: string; withinMs?: number } = {},
): Program {
  const child = spawn(process.execPath, [script, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: withinMs,
    killSignal: 'SIGKILL',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  }
  child.stdin.on('error', () => {})
  const ended = once(child, 'close').then(([code]): Ended => ({ code, output: output.trim() }))

  async function prints(line: string): Promise<void> {
    const over = ended.then(() => true)
    while (!output.split('\n').includes(line)) {
      if (await Promise.race([over, once(child.stdout, 'data').then(() => false)])) {
        throw new Error(`The program ended without the line ${JSON.stringify(line)}:\n${output}`)
      }
    }
  }

  return { prints, endInput: () => child.stdin.end(), ended }
}
