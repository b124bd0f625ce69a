/**
 * A place in the log: the id of its stream entry, `epoch-seq`. Redis counts `seq` inside an epoch; an epoch is one
 * unbroken history of the log, and positions of two epochs say nothing about each other's messages.
 */
export interface Position {
  /** Milliseconds of the server's clock when the epoch began; only its order matters. */
  readonly epoch: number
  readonly seq: number
}

export function formatPosition(position: Position): string {
  return `${position.epoch}-${position.seq}`
}

/** The position written as `epoch-seq`, or undefined if the text is no such thing. */
export function parsePosition(text: string): Position | undefined {
  const dash = text.indexOf('-')
  const epoch = parseDigits(text, 0, dash)
  const seq = parseDigits(text, dash + 1, text.length)
  return epoch >= 0 && seq >= 0 ? { epoch, seq } : undefined
}

/** By hand, since each broadcast has one; -1 for anything but 1 to 16 digits. */
function parseDigits(text: string, from: number, to: number): number {
  let value = to > from && to - from <= 16 ? 0 : -1
  for (let at = from; at < to && value >= 0; at += 1) {
    const digit = text.charCodeAt(at) - 48
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : -1
  }
  return Number.isSafeInteger(value) ? value : -1
}

/** Negative if `a` is before `b`, 0 if they are the same, positive if `a` is after `b`. */
export function comparePositions(a: Position, b: Position): number {
  return a.epoch - b.epoch || a.seq - b.seq
}
