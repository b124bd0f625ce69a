import { checkKey, checkName, checkOptions, checkVersion, InvalidArgumentError } from '@rescind/options'
import { Announcer, type Publish } from './announcer.ts'
import type { Batch } from './batch.ts'
import type { Confirmation, Confirmer } from './confirmer.ts'
import type { Tail } from './log-entry.ts'
import type { Message, RegionKeys } from './message.ts'
import { formatToken } from './token.ts'

/** Keys, tags or regions that one call may name. */
const MAX_ITEMS = 10_000

/** What an acknowledged message got: its place in the log, and the chain that proves the place. */
export interface Receipt extends Tail {
  /** Position and chain as a short text, for `after`. */
  readonly token: string
  /** Who has applied it, if that was asked for. */
  readonly confirmation?: Confirmation
}

export interface PublishOptions {
  /**
   * Resolve only when every member has applied it or has provably stopped serving what it held; takes up to
   * `maxStaleness` longer where one is silent. Needs `strict: true` in every process of the bus. Default false.
   */
  readonly confirm?: boolean
}

/** The keys of one region, each with the version below which its value is no longer current. */
export interface Bump {
  readonly region: string
  /** Whole numbers from 0 to 2^63 - 1. */
  readonly versions: Readonly<Record<string, number | bigint>> | ReadonlyMap<string, number | bigint>
}

/** Says what is no longer current: all that a member of a bus and a publisher have in common. */
export class Broadcaster {
  readonly #announcer: Announcer
  readonly #confirmer: Confirmer | undefined

  /** @param confirmer only on a strict bus. */
  constructor(origin: string, publish: Publish, confirmer: Confirmer | undefined) {
    this.#announcer = new Announcer(origin, publish)
    this.#confirmer = confirmer
  }

  async invalidate(invalidation: RegionKeys, options?: PublishOptions): Promise<Receipt> {
    checkOptions('invalidation', invalidation, ['region', 'keys'])
    const { region, keys } = invalidation
    checkName('region', region)
    checkItems('keys', keys, checkKey)
    return this.#announce('invalidate', options, (batch) => {
      for (const key of keys) {
        batch.add(region, key)
      }
    })
  }

  async invalidateTags(tags: readonly string[], options?: PublishOptions): Promise<Receipt> {
    checkItems('tags', tags, checkKey)
    return this.#announce('invalidate-tags', options, (batch) => {
      for (const tag of tags) {
        batch.add('', tag)
      }
    })
  }

  async clear(regions: readonly string[], options?: PublishOptions): Promise<Receipt> {
    checkItems('regions', regions, checkName)
    return this.#announce('clear', options, (batch) => {
      for (const region of regions) {
        batch.add('', region)
      }
    })
  }

  async clearAll(options?: PublishOptions): Promise<Receipt> {
    return this.#announce('clear-all', options, () => undefined)
  }

  async bump(bump: Bump, options?: PublishOptions): Promise<Receipt> {
    checkOptions('bump', bump, ['region', 'versions'])
    const { region } = bump
    checkName('region', region)
    const versions = bump.versions instanceof Map ? [...bump.versions] : Object.entries(bump.versions ?? {})
    if (versions.length === 0 || versions.length > MAX_ITEMS) {
      const expected = `a Map or an object with the versions of 1 to ${MAX_ITEMS} keys; make several calls for more`
      throw new InvalidArgumentError('versions', expected, bump.versions)
    }
    for (const [key, version] of versions) {
      checkKey('each key of versions', key)
      checkVersion('each version', version)
    }
    return this.#announce('bump', options, (batch) => {
      for (const [key, version] of versions) {
        batch.add(region, key, BigInt(version))
      }
    })
  }

  /**
   * Says in a message of its own that the value of one key has been replaced. Resolves before anybody has confirmed it.
   *
   * @param spare the token of a lease on the key, which stays.
   */
  async supersede(region: string, key: string, confirm: boolean, spare: string | undefined): Promise<Receipt> {
    return receiptOf(await this.#announcer.supersede(region, key, confirm, spare))
  }

  /** The receipt, once every member has applied its message. */
  async confirm(receipt: Receipt): Promise<Receipt> {
    return this.#confirmer ? { ...receipt, confirmation: await this.#confirmer.confirm(receipt.position) } : receipt
  }

  /** @throws {InvalidArgumentError} for options that a call would refuse. */
  check(options: PublishOptions): void {
    checkOptions('options', options, ['confirm'])
    const { confirm = false } = options
    if (confirm && !this.#confirmer) {
      throw new InvalidArgumentError('confirm', 'left out, unless every process of the bus has strict: true', confirm)
    }
  }

  /** Sends what was called in this turn. */
  flush(): void {
    this.#announcer.flush()
  }

  async #announce(kind: Message['kind'], options: PublishOptions = {}, name: (batch: Batch) => void): Promise<Receipt> {
    this.check(options)
    const { confirm = false } = options
    const receipt = receiptOf(await this.#announcer.announce(kind, confirm, name))
    return confirm ? this.confirm(receipt) : receipt
  }
}

function receiptOf({ position, chain }: Tail): Receipt {
  return { position, chain, token: formatToken({ position, chain }) }
}

function checkItems<Item>(name: string, items: readonly Item[], check: (name: string, item: Item) => void): void {
  if (!Array.isArray(items) || items.length === 0 || items.length > MAX_ITEMS) {
    throw new InvalidArgumentError(name, `an array of 1 to ${MAX_ITEMS} strings; make several calls for more`, items)
  }
  for (const item of items) {
    check(`each of ${name}`, item)
  }
}
