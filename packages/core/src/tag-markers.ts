import { checkInteger } from '@rescind/options'

/** What is known of some tags: none was invalidated, one was, or this node cannot tell without asking. */
export type TagVerdict = 'alive' | 'dead' | 'unknown'

export interface TagMarkersOptions {
  /** How many tags are remembered. Dropping one raises the floor, below which the node has to ask. Default 10,000. */
  readonly maxTags?: number
}

/**
 * The newest position at which each tag was invalidated: its marker. An entry is dead if a marker of its tags is above
 * its `asOf`. Invalidating a tag is one write here, however many entries carry it.
 *
 * A tag that is absent has no marker above `floor`; what lies below the floor, this table does not know.
 */
export class TagMarkers {
  /** In order of marking, so that the first is the oldest. */
  readonly #markers = new Map<string, number>()
  readonly #maxTags: number
  #floor = 0
  #tick = 0

  /** @throws {InvalidArgumentError} */
  constructor(options: TagMarkersOptions = {}) {
    const { maxTags = 10_000 } = options
    checkInteger('maxTags', maxTags, 1, 2 ** 24)
    this.#maxTags = maxTags
  }

  /** Counts the tag messages applied here. A local order, unlike positions: it tells what came before what on this node. */
  get tick(): number {
    return this.#tick
  }

  get size(): number {
    return this.#markers.size
  }

  /** Applies a message that invalidates a tag. */
  mark(tag: string, position: number): void {
    this.touch()
    this.#raise(tag, position)
  }

  /** Counts a tag message that has no position: entries have their tags looked at again. */
  touch(): void {
    this.#tick += 1
  }

  /** Takes over what Redis said of a tag; 0 for no marker. Merged by maximum, since a message may have come meanwhile. */
  learn(tag: string, position: number): void {
    this.#raise(tag, position)
  }

  verdict(tags: readonly string[], asOf: number): TagVerdict {
    let verdict: TagVerdict = 'alive'
    for (const tag of tags) {
      const marker = this.#markers.get(tag)
      if (marker === undefined) {
        if (asOf < this.#floor) {
          verdict = 'unknown'
        }
      } else if (marker > asOf) {
        return 'dead'
      }
    }
    return verdict
  }

  /** Those of the tags on which a verdict for `asOf` needs an answer from Redis. */
  unknownAmong(tags: readonly string[], asOf: number): string[] {
    return asOf < this.#floor ? tags.filter((tag) => !this.#markers.has(tag)) : []
  }

  /** Forgets everything: the node starts at `position` and knows nothing of what came before. */
  reset(position: number): void {
    this.#markers.clear()
    this.#floor = position
    this.#tick += 1
  }

  #raise(tag: string, position: number): void {
    const known = this.#markers.get(tag) ?? 0
    this.#markers.delete(tag)
    this.#markers.set(tag, Math.max(known, position))
    if (this.#markers.size > this.#maxTags) {
      this.#dropOldest()
    }
  }

  #dropOldest(): void {
    for (const [tag, position] of this.#markers) {
      this.#markers.delete(tag)
      // Without its marker a dead entry would look alive: below the floor the node asks instead.
      this.#floor = Math.max(this.#floor, position)
      return
    }
  }
}
