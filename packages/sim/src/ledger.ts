import type { LiveEntry, Message } from '@rescind/bus'
import { ITEMS, type Item } from './catalogue.ts'
import type { Versions } from './source.ts'

const HIGH = 1_000_000
const EPOCHS_APART = 1_000

/** What an entry of the log and all before it in its epoch stand for: whoever applied it holds nothing older. */
export class Ledger {
  readonly #reached = new Map<string, Versions>()
  readonly #announced = new Map<string, Versions>()
  #low = HIGH
  readonly #ids = new Map<string, string>()
  /** The highest epoch that was ever opened, in any history. */
  highestEpoch: number = 0

  /** An epoch that was never opened, below all there were. */
  epochBelow(): number {
    this.#low -= EPOCHS_APART
    return this.#low
  }

  /** A message was made, when these versions were committed; those of items that it does not name do not count. */
  announce(message: Message, committed: Versions): void {
    this.#announced.set(
      message.id,
      ITEMS.map((item) => (names(message, item) ? (committed[item.index] ?? 0) : 0)),
    )
  }

  /** What the message of this id says is committed. */
  announcedBy(id: string): Versions {
    return this.#announced.get(id) ?? ITEMS.map(() => 0)
  }

  /** An entry was appended, when these versions were committed. */
  append({ position, chain, previous, id, message }: LiveEntry, committed: Versions): void {
    this.highestEpoch = Math.max(this.highestEpoch, position.epoch)
    this.#ids.set(chain, id)
    if (!message || message.kind === 'clear-all') {
      // Nothing that was loaded before an epoch is held in it.
      this.#reached.set(chain, [...committed])
      return
    }
    const before = this.#reached.get(previous)
    const announced = this.announcedBy(id)
    this.#reached.set(
      chain,
      announced.map((version, index) => Math.max(version, before?.[index] ?? 0)),
    )
  }

  /** The id of the message with this chain. */
  idOf(chain: string): string | undefined {
    return this.#ids.get(chain)
  }

  reachedBy(chain: string): Versions | undefined {
    return this.#reached.get(chain)
  }
}

function names(message: Message, item: Item): boolean {
  switch (message.kind) {
    case 'invalidate':
      return message.items.some(({ region, keys }) => region === item.region && keys.includes(item.id))
    case 'bump':
      return message.items.some(({ region, versions }) => region === item.region && versions.has(item.id))
    case 'invalidate-tags':
      return message.tags.some((tag) => item.tags.includes(tag))
    case 'clear':
      return message.regions.includes(item.region)
    case 'clear-all':
      return true
  }
}
