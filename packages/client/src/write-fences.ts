/** What this process hears of one key while it writes it: of its own message, or of anything else. */
export class WriteFence {
  readonly #asOf: number
  #heard: number | undefined
  #broken = false

  /** @param asOf position that was applied before the write, within the epoch. */
  constructor(asOf: number) {
    this.#asOf = asOf
  }

  /** The key was invalidated at this position; a message may be heard of twice. */
  hear(position: number): void {
    if (position > this.#asOf) {
      this.#broken ||= this.#heard !== undefined && this.#heard !== position
      this.#heard = position
    }
  }

  break(): void {
    this.#broken = true
  }

  /** Whether the writer's own message, at this position, is all that was heard. */
  isIntact(own: number): boolean {
    return !this.#broken && this.#heard === own
  }
}

/** The writes of one region that are under way. */
export class WriteFences {
  readonly #writes = new Map<string, Set<WriteFence>>()

  raise(id: string, asOf: number): WriteFence {
    const fence = new WriteFence(asOf)
    const writes = this.#writes.get(id) ?? new Set()
    this.#writes.set(id, writes.add(fence))
    return fence
  }

  /** The write is over. */
  lower(id: string, fence: WriteFence): void {
    const writes = this.#writes.get(id)
    writes?.delete(fence)
    if (writes?.size === 0) {
      this.#writes.delete(id)
    }
  }

  hear(id: string, position: number): void {
    for (const fence of this.#writes.get(id) ?? []) {
      fence.hear(position)
    }
  }

  /** Everything was invalidated. */
  breakAll(): void {
    for (const writes of this.#writes.values()) {
      for (const fence of writes) {
        fence.break()
      }
    }
  }
}
