/** What every message says about itself. */
interface Head {
  /** A nanoid, or any text of up to 64 characters that no other message has; recognises a retry. */
  readonly id: string
  /** The id of the node or publisher that sent it. */
  readonly origin: string
  /** Wall-clock milliseconds when it was handed over; for lag figures only, never for ordering. */
  readonly sentAt: number
  /** Its sender waits until every member has applied it: they say so at once. */
  readonly confirm: boolean
}

/** Some keys of one region. */
export interface RegionKeys {
  readonly region: string
  readonly keys: readonly string[]
}

/** Some keys of one region, each with a version. */
export interface RegionVersions {
  readonly region: string
  readonly versions: ReadonlyMap<string, bigint>
}

/** The values of these keys are no longer current. */
export interface InvalidateMessage extends Head {
  readonly kind: 'invalidate'
  readonly items: readonly RegionKeys[]
}

/** Every value that carries one of these tags, in any region, is no longer current. */
export interface InvalidateTagsMessage extends Head {
  readonly kind: 'invalidate-tags'
  readonly tags: readonly string[]
}

/** No value of these regions is current. */
export interface ClearMessage extends Head {
  readonly kind: 'clear'
  readonly regions: readonly string[]
}

/** No value at all is current. Opens a new epoch of the log, and is its first entry. */
export interface ClearAllMessage extends Head {
  readonly kind: 'clear-all'
}

/** Values of these keys below the version given are no longer current. */
export interface BumpMessage extends Head {
  readonly kind: 'bump'
  readonly items: readonly RegionVersions[]
}

export type Message = InvalidateMessage | InvalidateTagsMessage | ClearMessage | ClearAllMessage | BumpMessage
