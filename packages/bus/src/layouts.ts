import { RedisReplyError } from './errors.ts'

/** By which layouts the writers of one epoch have removed values. */
export interface Layouts {
  /** That of the last writer. Empty: beside the log. */
  readonly current: string
  /** Those before it, each with a position in the epoch: all that was written by it came before. */
  readonly earlier: readonly { readonly until: number; readonly text: string }[]
}

/**
 * Reads `<current>;<until> <layout>;…`. Nothing for a log that is not the one that was asked for.
 *
 * @throws {RedisReplyError}
 */
export function readLayouts(reply: unknown): Layouts | undefined {
  if (reply === null) {
    return undefined
  }
  if (!(reply instanceof Uint8Array)) {
    throw new RedisReplyError(`Expected the layouts of values from Redis; received ${typeof reply}`)
  }
  const [current = '', ...others] = Buffer.from(reply).toString().split(';')
  const earlier = others.map((other) => {
    const [, until, text = ''] = /^(\d+) (.*)$/s.exec(other) ?? []
    if (until === undefined) {
      throw new RedisReplyError(`Expected a position and a layout from Redis; received ${other}`)
    }
    return { until: Number(until), text }
  })
  return { current, earlier }
}
