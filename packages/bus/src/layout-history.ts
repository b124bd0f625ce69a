import { Layout } from './layout.ts'
import type { Layouts } from './layouts.ts'

/**
 * What a member knows of the layouts of its bus. While servers are added or taken away, some processes have the new
 * ones and some the old: a value counts only if whoever invalidated its key since it was loaded looked for it where it
 * is.
 */
export class LayoutHistory {
  readonly #own: Layout
  readonly #others = new Map<string, Layout>()
  #known: Layouts | undefined
  #asking: Promise<void> | undefined
  #asked = 0

  constructor(own: Layout) {
    this.#own = own
  }

  /** The layouts have changed, or another epoch has begun. */
  forget(): void {
    this.#known = undefined
    this.#asking = undefined
    this.#asked += 1
  }

  /** Asks if it has to; undefined if not. Without an answer nothing is known. Never rejects. */
  learn(ask: () => Promise<Layouts | undefined>): Promise<void> | undefined {
    if (this.#known) {
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

  async #ask(ask: () => Promise<Layouts | undefined>): Promise<void> {
    const asked = this.#asked
    const known = await ask().catch(() => undefined)
    // One that was forgotten meanwhile may be from before the change.
    if (asked === this.#asked) {
      this.#known = known
      this.#asking = undefined
    }
  }
}
