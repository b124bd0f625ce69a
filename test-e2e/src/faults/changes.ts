import { machineNow, type Recorder, type WriteRecord } from '@rescind/testing'
import { type Item, type OutboxMessage, writeItems, writeNoted } from '../database.ts'
import { type Committed, type Key, keyOf, rowOf, VERSIONED_REGION } from './keys.ts'
import type { Announced, Announcer, Change, Subject } from './subject.ts'

/** A change that is committed, and not acknowledged yet. */
export interface Owed {
  readonly change: Change
  readonly versions: readonly Committed[]
  readonly invokedAt: number
  readonly committedAt: number
}

const ways = { keys: 'invalidate', tag: 'tag', region: 'clear', all: 'clear', bump: 'bump' } as const

export interface ChangesOptions {
  readonly announcer: Announcer
  /** Through which this process can write, if it has one. */
  readonly cached: Subject | undefined
  readonly databaseUrl: string
  readonly recorder: Recorder
  readonly onAnnounced: (change: Change, announced: Announced) => void
}

/** Changes that one process makes, each recorded with when it was committed, and when it was acknowledged. */
export class Changes {
  readonly #announcer: Announcer
  readonly #cached: Subject | undefined
  readonly #databaseUrl: string
  readonly #recorder: Recorder
  readonly #onAnnounced: (change: Change, announced: Announced) => void
  readonly #owed = new Set<Owed>()
  /** What was saved on the way of a `set`, by the draft that it was given. */
  readonly #saved = new Map<Item, Owed>()

  constructor({ announcer, cached, databaseUrl, recorder, onAnnounced }: ChangesOptions) {
    this.#announcer = announcer
    this.#cached = cached
    this.#databaseUrl = databaseUrl
    this.#recorder = recorder
    this.#onAnnounced = onAnnounced
  }

  /** Whether it was acknowledged; if not, it is owed. */
  async make(change: Change): Promise<boolean> {
    return this.announceOwed(await this.commit(change))
  }

  /** Commits a version of each key, and owes it to the others from then on. */
  async commit(change: Change): Promise<Owed> {
    const invokedAt = machineNow()
    const versions = await writeItems(this.#databaseUrl, change.keys.map(rowOf))
    const committed = change.keys.map((key, n) => ({ ...key, version: versions[n] ?? 0 }))
    const owed = { change, versions: committed, invokedAt, committedAt: machineNow() }
    this.#owed.add(owed)
    return owed
  }

  /** Commits a version of each key in one step with a row of the outbox: it is a relay that owes it to the others. */
  note(change: Change): Promise<void> {
    return writeNoted(this.#databaseUrl, change.keys.map(rowOf), messageOf(change))
  }

  /** Writes a key through the cache. Whether it was acknowledged; if not, and it was committed, it is owed. */
  async set(key: Key, update: boolean): Promise<boolean> {
    const draft: Item = { id: rowOf(key), version: 0 }
    const announced = await this.#cached?.set(key, draft, update).catch(() => undefined)
    const owed = this.#saved.get(draft)
    this.#saved.delete(draft)
    if (owed) this.#conclude(owed, 'set', announced)
    return announced !== undefined
  }

  /** For the cache to call within `set`. */
  async save(draft: Item): Promise<Item> {
    const owed = await this.commit({ keys: [keyOf(draft.id)], how: 'keys' })
    this.#saved.set(draft, owed)
    return { id: draft.id, version: owed.versions[0]?.version ?? 0 }
  }

  /** Says of versions that others have committed. */
  async announce(versions: readonly Committed[]): Promise<boolean> {
    const now = machineNow()
    const each = versions.map((committed) => {
      const change: Change = { keys: [committed], how: committed.region === VERSIONED_REGION ? 'bump' : 'keys' }
      return this.announceOwed({ change, versions: [committed], invokedAt: now, committedAt: now })
    })
    return (await Promise.all(each)).every(Boolean)
  }

  /** Announces what is owed; how much still is. */
  async settle(): Promise<number> {
    await Promise.all([...this.#owed].map((owed) => this.announceOwed(owed)))
    return this.#owed.size + this.#announcer.queued
  }

  /** Tells the others of it, once more if need be. */
  async announceOwed(owed: Owed): Promise<boolean> {
    this.#owed.add(owed)
    const { change, versions } = owed
    const announced = await this.#announcer.announce(change, versions).catch(() => undefined)
    this.#conclude(owed, ways[change.how], announced)
    return announced !== undefined
  }

  /** @param announced undefined: it was not acknowledged. */
  #conclude(owed: Owed, how: WriteRecord['how'], announced: Announced | undefined): void {
    const { change } = owed
    if (!announced) {
      this.#note(owed, how, {})
      return
    }
    this.#note(owed, how, { ackedAt: machineNow(), ...announced, ...(change.confirm && { confirmed: true }) })
    this.#owed.delete(owed)
    this.#onAnnounced(change, announced)
  }

  #note(
    { change, versions, invokedAt, committedAt }: Owed,
    how: WriteRecord['how'],
    told: Announced & { readonly ackedAt?: number },
  ): void {
    const tags = change.tag === undefined ? {} : { tags: [change.tag] }
    for (const { region, key, version } of versions) {
      const what = { process: this.#recorder.process, region, key, version, invokedAt, committedAt, how }
      this.#recorder.record({ type: 'write', ...what, ...tags, ...told })
    }
  }
}

function messageOf({ keys, how, tag = '' }: Change): OutboxMessage {
  const region = keys[0]?.region ?? ''
  const message = { region: null, versions: null }
  switch (how) {
    case 'keys':
      return { ...message, kind: 'invalidate', region, names: keys.map(({ key }) => key) }
    case 'tag':
      return { ...message, kind: 'invalidate-tags', names: [tag] }
    case 'region':
      return { ...message, kind: 'clear', names: [region] }
    default:
      throw new Error(`No row says ${how}`)
  }
}
