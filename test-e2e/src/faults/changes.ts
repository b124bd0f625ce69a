import { machineNow, type Recorder } from '@rescind/testing'
import { writeItems } from '../database.ts'
import { type Committed, rowOf } from './keys.ts'
import type { Announced, Announcer, Change } from './subject.ts'

interface Owed {
  readonly change: Change
  readonly versions: readonly Committed[]
  readonly invokedAt: number
  readonly committedAt: number
}

const ways = { keys: 'invalidate', tag: 'tag', region: 'clear', all: 'clear' } as const

export interface ChangesOptions {
  readonly announcer: Announcer
  readonly databaseUrl: string
  readonly recorder: Recorder
  readonly onAnnounced: (change: Change, announced: Announced) => void
}

/** Changes that one process makes, each recorded with when it was committed, and when it was acknowledged. */
export class Changes {
  readonly #announcer: Announcer
  readonly #databaseUrl: string
  readonly #recorder: Recorder
  readonly #onAnnounced: (change: Change, announced: Announced) => void
  readonly #owed = new Set<Owed>()

  constructor({ announcer, databaseUrl, recorder, onAnnounced }: ChangesOptions) {
    this.#announcer = announcer
    this.#databaseUrl = databaseUrl
    this.#recorder = recorder
    this.#onAnnounced = onAnnounced
  }

  /** Whether it was acknowledged; if not, it is owed. */
  async make(change: Change): Promise<boolean> {
    const invokedAt = machineNow()
    const versions = await writeItems(this.#databaseUrl, change.keys.map(rowOf))
    const committed = change.keys.map((key, n) => ({ ...key, version: versions[n] ?? 0 }))
    return this.#announce({ change, versions: committed, invokedAt, committedAt: machineNow() })
  }

  /** Says of versions that others have committed. */
  async announce(versions: readonly Committed[]): Promise<boolean> {
    const now = machineNow()
    const each = versions.map((committed) => {
      const change: Change = { keys: [committed], how: 'keys' }
      return this.#announce({ change, versions: [committed], invokedAt: now, committedAt: now })
    })
    return (await Promise.all(each)).every(Boolean)
  }

  /** Announces what is owed; how much still is. */
  async settle(): Promise<number> {
    await Promise.all([...this.#owed].map((owed) => this.#announce(owed)))
    return this.#owed.size + this.#announcer.queued
  }

  async #announce(owed: Owed): Promise<boolean> {
    this.#owed.add(owed)
    const { change } = owed
    try {
      const announced = await this.#announcer.announce(change)
      this.#note(owed, { ackedAt: machineNow(), ...announced, ...(change.confirm && { confirmed: true }) })
      this.#owed.delete(owed)
      this.#onAnnounced(change, announced)
      return true
    } catch {
      this.#note(owed, {})
      return false
    }
  }

  #note({ change, versions, invokedAt, committedAt }: Owed, told: Announced & { readonly ackedAt?: number }): void {
    const how = ways[change.how]
    const tags = change.tag === undefined ? {} : { tags: [change.tag] }
    for (const { region, key, version } of versions) {
      const what = { process: this.#recorder.process, region, key, version, invokedAt, committedAt, how }
      this.#recorder.record({ type: 'write', ...what, ...tags, ...told })
    }
  }
}
