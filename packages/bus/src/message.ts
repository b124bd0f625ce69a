/** What every message says about itself. */
interface Envelope {
  /** A nanoid; recognises a retry. */
  readonly id: string
  /** The id of the node or publisher that sent it. */
  readonly origin: string
  /** Wall-clock milliseconds when it was handed over; for lag figures only, never for ordering. */
  readonly sentAt: number
}

/** The values of these keys are no longer current. */
export interface InvalidateMessage extends Envelope {
  readonly kind: 'invalidate'
  readonly region: string
  readonly keys: readonly string[]
}

/** Every value that carries one of these tags, in any region, is no longer current. */
export interface InvalidateTagsMessage extends Envelope {
  readonly kind: 'invalidate-tags'
  readonly tags: readonly string[]
}

export type Message = InvalidateMessage | InvalidateTagsMessage
