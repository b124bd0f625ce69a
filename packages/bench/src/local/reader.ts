import { type Item, idOf, itemOf, keyOf } from './item.ts'

/** A way to read items that are held in this process. */
export type Reader = (
  | { readonly kind: 'sync'; readonly read: (key: string) => Item | undefined | null }
  | { readonly kind: 'async'; readonly read: (key: string) => Promise<Item | undefined | null> }
) & { readonly close: () => Promise<void> }

/** Settles when the items 0 to `entries` - 1 are held. */
export type OpenReader = (entries: number) => Promise<Reader>

/** Fills a cache through its own reads, and loads nothing afterwards: a read of what is not held costs something else. */
export class Supply {
  #filled = false

  readonly load = (key: string): Item => {
    if (this.#filled) throw new Error(`${key} is not held`)
    return itemOf(idOf(key))
  }

  /** One after the other, as all are filled: where things lie in the heap is half of what a random read costs. */
  async fill(entries: number, read: (key: string) => Promise<unknown>): Promise<void> {
    for (let id = 0; id < entries; id++) await read(keyOf(id))
    this.#filled = true
  }
}

export async function nothing(): Promise<void> {}
