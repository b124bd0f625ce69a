/** Most keys that are remembered for a second. */
const MAX_REMEMBERED = 1_024
/** Most values that are read again at the same time. */
const MAX_UNDER_WAY = 16

/** Which values L1 has lost to a message a moment ago, to be read again when their writer says that there are new ones. */
export class Renewals {
  /** Ids that were lost since the last turn, and before it. */
  #recent = new Set<string>()
  #former = new Set<string>()
  #underWay = 0

  /** L1 has lost the value of this id. */
  note(id: string): void {
    if (this.#recent.size >= MAX_REMEMBERED) {
      this.turn()
    }
    this.#recent.add(id)
  }

  /** To be called now and then: forgets what was noted before the last turn. */
  turn(): void {
    this.#former = this.#recent
    this.#recent = new Set()
  }

  /**
   * Whether the value of this id is to be read again, now that somebody says that there is a new one. Anybody may: it costs nothing
   * unless the old one was lost a moment ago, and then no more than a read.
   */
  isDue(id: string): boolean {
    return this.#underWay < MAX_UNDER_WAY && (this.#recent.delete(id) || this.#former.delete(id))
  }

  async renew(read: () => Promise<void>): Promise<void> {
    this.#underWay += 1
    try {
      await read()
    } finally {
      this.#underWay -= 1
    }
  }
}
