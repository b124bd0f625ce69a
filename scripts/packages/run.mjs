import { execFile } from 'node:child_process'

// Under `npm run --silent` npm would not even say why it failed.
const env = { ...process.env, npm_config_loglevel: 'error' }

/** Runs a command to its end: whether it succeeded, and what it wrote. */
export function run(command, args, { cwd, timeoutMs = 120_000 } = {}) {
  return new Promise((resolve) => {
    const options = { cwd, env, timeout: timeoutMs, maxBuffer: 32 * 1024 * 1024 }
    execFile(command, args, options, (error, stdout, stderr) => {
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
