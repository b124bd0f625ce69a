/** How many tag messages are remembered in order. */
const LENGTH = 1024

/**
 * The last tag messages in the order in which this node applied them, for loads in flight: the tags of a value are
 * known only when its load ends, so the question «was one of them invalidated since?» comes after the messages.
 */
export class TagHistory {
  readonly #tags: (string | undefined)[] = []
  #lastTick = 0

  /** Notes that `tag` was invalidated at `tick` of the node's `TagMarkers`; ticks come in order, and some never come. */
  record(tag: string, tick: number): void {
    for (let skipped = Math.max(this.#lastTick, tick - LENGTH) + 1; skipped < tick; skipped += 1) {
      this.#tags[skipped % LENGTH] = undefined
    }
    this.#tags[tick % LENGTH] = tag
    this.#lastTick = tick
  }

  /**
   * The earliest tick after `since` that names one of the tags, or undefined. If the history does not reach back to
   * `since`, the answer is the earliest tick there could be.
   */
  earliestAfter(since: number, tags: readonly string[]): number | undefined {
    if (tags.length === 0) {
      return undefined
    }
    if (this.#lastTick - since > LENGTH) {
      return since + 1
    }
    for (let tick = since + 1; tick <= this.#lastTick; tick += 1) {
      const tag = this.#tags[tick % LENGTH]
      if (tag !== undefined && tags.includes(tag)) {
        return tick
      }
    }
    return undefined
  }
}
