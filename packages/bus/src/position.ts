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
  const match = /^(\d{1,16})-(\d{1,16})$/.exec(text)
  if (!match) {
    return undefined
  }
  const [epoch, seq] = [Number(match[1]), Number(match[2])]
  return Number.isSafeInteger(epoch) && Number.isSafeInteger(seq) ? { epoch, seq } : undefined
}

/** Negative if `a` is before `b`, 0 if they are the same, positive if `a` is after `b`. */
export function comparePositions(a: Position, b: Position): number {
  return a.epoch - b.epoch || a.seq - b.seq
}
