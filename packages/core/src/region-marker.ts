/** The position at which all values of a region were last said to be no longer current. */
export class RegionMarker {
  #position = 0
  /** Below it this node knows nothing until it has asked. */
  #floor = 0

  /** Applies a message that clears the region, or takes over what Redis said of it; 0 for no marker. */
  mark(position: number): void {
    this.#position = Math.max(this.#position, position)
  }

  /** Redis was asked, and what it said is marked. */
  learned(): void {
    this.#floor = 0
  }

  verdict(asOf: number): 'alive' | 'dead' | 'unknown' {
    if (asOf < this.#position) {
      return 'dead'
    }
    return asOf < this.#floor ? 'unknown' : 'alive'
  }

  /** Forgets everything: the node starts at `position` and knows nothing of what came before. */
  reset(position: number): void {
    this.#position = 0
    this.#floor = position
  }
}
