import { execFile } from 'node:child_process'
import { basename, dirname, join } from 'node:path'
import type { Address } from '@rescind/faults'

const withinMs = 10_000

/**
 * What redis-cli (or valkey-cli) prints for a command, `input` on its stdin; an error reply rejects. It stands next to the
 * server that RESCIND_REDIS_SERVER names, or on the PATH.
 */
export async function redisCli({ host, port }: Address, args: readonly string[], input = ''): Promise<string> {
  const tried = candidates()
  for (const program of tried) {
    const printed = await run(program, ['-e', '-h', host, '-p', `${port}`, ...args], input)
    if (printed !== undefined) return printed.trim()
  }
  throw new Error(`There is no ${tried.join(' and no ')}: install it (Debian: redis-tools), or put it on the PATH`)
}

function candidates(): readonly string[] {
  const { RESCIND_REDIS_SERVER: server = '' } = process.env
  const names = ['redis-cli', 'valkey-cli']
  return server === basename(server) ? names : [...names.map((name) => join(dirname(server), name)), ...names]
}

/** Undefined if there is no such program. */
function run(program: string, args: readonly string[], input: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { timeout: withinMs }, (error, stdout, stderr) => {
      if (!error) resolve(stdout)
      else if (error.code === 'ENOENT') resolve(undefined)
      else reject(new Error(`${program} ended with ${error.code ?? error.signal}: ${stderr.trim()}`))
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}
