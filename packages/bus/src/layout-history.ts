import type { Clock } from '@rescind/options'
import { Layout } from './layout.ts'
import type { Layouts } from './layouts.ts'

/** A claim changes what was asked for, and its message comes before the answer. */
const TRIES = 3

/**
 * Who has the layout of yesterday's writer claims his own, or nothing that moved would be cached until somebody writes. Not
 * more often than this: there may be others who do the same for theirs.
 */
const CLAIM_MS = 60_000

/**
 * What a member knows of the layouts of its bus. While servers are added or taken away, some processes have the new
 * ones and some the old: a value counts only if whoever invalidated its key since it was loaded looked for it where it
 * is.
 */
export class LayoutHistory {
  readonly #own: Layout
  readonly #others = new Map<string, Layout>()
  readonly #clock: Clock
  #known: Layouts | undefined
  #claimedAt = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined
  #changes = 0

  constructor(own: Layout, clock: Clock) {
    this.#own = own
    this.#clock = clock
  }

  /** The layouts have changed, or another epoch has begun. */
  forget(): void {
    this.#known = undefined
    this.#changes += 1
  }

  /**
   * Asks if it has to; undefined if not. Without an answer nothing is known. Never rejects.
   *
   * @param ask with `claim`, the layout of this process is to become the current one.
   */
  learn(ask: (claim: boolean) => Promise<Layouts | undefined>): Promise<void> | undefined {
    if (this.#known && (this.#known.current === this.#own.text || !this.#mayClaim)) {
      return undefined
    }
    this.#asking ??= this.#ask(ask)
    return this.#asking
  }

  /** Whether all who invalidated this key after position `asOf` removed its value from where this process has it. */
  covers(key: string, asOf: number): boolean {
    const known = this.#known
    if (!known) {
      return false
    }
    const texts = known.earlier.flatMap(({ until, text }) => (until > asOf ? [text] : []))
    return [known.current, ...texts].every((text) => this.#agrees(text, key))
  }

  #agrees(text: string, key: string): boolean {
    if (text === this.#own.text) {
      return true
    }
    const other = this.#others.get(text) ?? new Layout(text)
    this.#others.set(text, other)
    return other.serverOf(key) === this.#own.serverOf(key)
  }

  get #mayClaim(): boolean {
    return this.#clock() - this.#claimedAt >= CLAIM_MS
  }

  async #ask(ask: (claim: boolean) => Promise<Layouts | undefined>): Promise<void> {
    const claim = this.#mayClaim
    for (let tries = 1; tries <= TRIES; tries += 1) {
      const changes = this.#changes
      const known = await ask(claim).catch(() => undefined)
      this.#claimedAt = claim && known ? this.#clock() : this.#claimedAt
      // One that has changed meanwhile may be from before the change.
      this.#known = changes === this.#changes ? known : undefined
      if (this.#known) {
        break
      }
    }
    this.#others.clear()
    this.#asking = undefined
  }
}
