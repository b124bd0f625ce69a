import { ServerRing } from './server-ring.ts'

/** Over which servers values are spread: a value belongs to one of them, by the name of its key in Redis. */
export class Layout {
  /** The names in order, with commas between them; empty where values stand beside the log. */
  readonly text: string
  readonly #ring: ServerRing | undefined

  /** @param text as that of another layout; what cannot be read places no value anywhere. */
  constructor(text: string) {
    const names = text === '' || text === UNKNOWN_LAYOUT ? [] : text.split(',').toSorted()
    this.text = names.length > 0 ? names.join(',') : text
    this.#ring = names.length > 0 ? new ServerRing(names) : undefined
  }

  /** Undefined: on none of the servers. */
  serverOf(key: string): string | undefined {
    return this.#ring?.serverOf(key)
  }
}

/** The tag of a message that says that values are removed by another layout from here on. */
export const LAYOUT_TAG = 'rescind:layout'

/** Stands for layouts that are forgotten: any might be meant. */
export const UNKNOWN_LAYOUT = '*'
