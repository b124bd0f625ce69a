import { execFile } from 'node:child_process'

/** Runs a command to its end: whether it succeeded, and what it wrote. */
export function run(command, args, { cwd, timeoutMs = 120_000 } = {}) {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, timeout: timeoutMs, maxBuffer: 32 * 1024 * 1024 }, (error, stdout, stderr) => {
      const ending = error?.killed ? `ended after ${timeoutMs / 1000} s` : (error?.message.split('\n')[0] ?? '')
      resolve({ ok: error === null, output: [stdout, stderr, ending].join('\n').trim() })
    })
  })
}

/** As `run`, but a failure throws what the command wrote. */
export async function runOrThrow(command, args, options) {
  const { ok, output } = await run(command, args, options)
  if (!ok) throw new Error(`${[command, ...args].join(' ')}\n${output}`)
  return output
}
