import { parseArgs } from 'node:util'

/** What the command line asked for. */
export interface DemoOptions {
  readonly help: boolean
  /** Leave everything running after the last step, until Ctrl-C. */
  readonly keep: boolean
  /** False makes the write service forget to broadcast, which the checks must notice. */
  readonly broadcast: boolean
}

export const usage = `Usage: ./scripts/demo [--keep] [--without-broadcast] [--help]

Four web servers, a write service, a database and Redis, each in a process of its own, on loopback.
Five steps are shown; each asserts what it shows, and one wrong answer ends the demo with exit code 1.

  --keep               leave everything running afterwards, with addresses to try, until Ctrl-C
  --without-broadcast  let the write service forget its broadcasts, to see the checks fail
  --help               this text

Environment:
  REDIS_URL            use this Redis (7.0 or newer) and not a private one; only keys of this run are touched
  DATABASE_URL         use this PostgreSQL and not the one that is bundled; only a schema of this run is touched
  NO_COLOR             no colours
`

/** The command line was wrong; the message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** @throws {UsageError} on anything that is not a known option. */
export function parseDemoOptions(args: readonly string[]): DemoOptions {
  const { values } = parse(args)
  return { help: values.help, keep: values.keep, broadcast: !values['without-broadcast'] }
}

function parse(args: readonly string[]): {
  readonly values: { readonly help: boolean; readonly keep: boolean; readonly 'without-broadcast': boolean }
} {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        keep: { type: 'boolean', default: false },
        'without-broadcast': { type: 'boolean', default: false },
      },
    })
  } catch (cause) {
    const [reason] = String(cause instanceof Error ? cause.message : cause).split('. ')
    throw new UsageError(`${reason}. See ./scripts/demo --help`, { cause })
  }
}
