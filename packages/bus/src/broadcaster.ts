import { checkOptions, InvalidArgumentError } from '@rescind/options'
import { Announcer, type Publish } from './announcer.ts'
import type { Body } from './batch.ts'
import type { Confirmation, Confirmer } from './confirmer.ts'
import { lastOf, type Tail } from './log-entry.ts'
import type { RegionKeys } from './message.ts'
import { Notes, type Transaction } from './notes.ts'
import {
  type Bump,
  CLEAR_ALL,
  keysStatement,
  regionsStatement,
  type Statement,
  tagsStatement,
  versionsStatement,
} from './statement.ts'
import { formatToken } from './token.ts'

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

/** A transaction of a database that has committed, and what was said of it. */
export interface Committed<T> {
  /** What `work` resolved to. */
  readonly result: T
  /** Its token covers all that was noted. Undefined if that was nothing. */
  readonly receipt: Receipt | undefined
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
    return this.#say(keysStatement(invalidation), this.check(options))
  }

  async invalidateTags(tags: readonly string[], options?: PublishOptions): Promise<Receipt> {
    return this.#say(tagsStatement(tags), this.check(options))
  }

  async clear(regions: readonly string[], options?: PublishOptions): Promise<Receipt> {
    return this.#say(regionsStatement(regions), this.check(options))
  }

  async clearAll(options?: PublishOptions): Promise<Receipt> {
    return this.#say(CLEAR_ALL, this.check(options))
  }

  async bump(bump: Bump, options?: PublishOptions): Promise<Receipt> {
    return this.#say(versionsStatement(bump), this.check(options))
  }

  /** @param onUnheard is told what was noted if, after the commit, it could not be said. */
  async transaction<T>(
    work: (tx: Transaction) => Promise<T> | T,
    options?: PublishOptions,
    onUnheard?: (noted: readonly Body[]) => void,
  ): Promise<Committed<T>> {
    if (typeof work !== 'function') {
      throw new InvalidArgumentError('work', 'a function', work)
    }
    const confirm = this.check(options)
    const notes = new Notes()
    let result: T
    try {
      result = await work(notes)
    } finally {
      notes.end()
    }
    if (notes.empty) {
      return { result, receipt: undefined }
    }
    try {
      const tails = notes.statements().map(({ kind, name }) => this.#announcer.announce(kind, confirm, name))
      return { result, receipt: await this.#receipt(lastOf(await Promise.all(tails)), confirm) }
    } catch (error) {
      onUnheard?.(notes.bodies())
      throw error
    }
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

  /**
   * Whether somebody is to confirm.
   *
   * @throws {InvalidArgumentError} for options that a call would refuse.
   */
  check(options: PublishOptions = {}): boolean {
    checkOptions('options', options, ['confirm'])
    const { confirm = false } = options
    if (confirm && !this.#confirmer) {
      throw new InvalidArgumentError('confirm', 'left out, unless every process of the bus has strict: true', confirm)
    }
    return confirm
  }

  /** Sends what was called in this turn. */
  flush(): void {
    this.#announcer.flush()
  }

  async #say({ kind, name }: Statement, confirm: boolean): Promise<Receipt> {
    return this.#receipt(await this.#announcer.announce(kind, confirm, name), confirm)
  }

  async #receipt(tail: Tail, confirm: boolean): Promise<Receipt> {
    const receipt = receiptOf(tail)
    return confirm ? this.confirm(receipt) : receipt
  }
}

function receiptOf({ position, chain }: Tail): Receipt {
  return { position, chain, token: formatToken({ position, chain }) }
}
