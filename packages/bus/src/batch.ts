import type { Message, RegionKeys, RegionVersions } from './message.ts'
import { EMPTY_WEIGHT, regionWeight, textWeight, versionWeight } from './weight.ts'

/** A message, but for what its sender adds: id, origin, time. */
export type Body = Message extends infer Each
  ? Each extends Message
    ? Omit<Each, 'id' | 'origin' | 'sentAt' | 'confirm'>
    : never
  : never

/** A message of more bytes, or of more names, is split. */
export const MAX_BYTES: number = 256 * 1024
/** One script removes the values of so many keys, while the server does nothing else, and each member as many. */
export const MAX_NAMES = 512

/** What calls of one turn of the event loop have named, for one kind of message; each name once. */
export class Batch {
  readonly #kind: Message['kind']
  /** By region; tags and regions themselves under an empty one. A version for each name of a bump. */
  readonly #names = new Map<string, Map<string, bigint>>()
  /** What one message of it all would take up; not counted on where there are too many names for one. */
  #bytes = EMPTY_WEIGHT
  #count = 0

  constructor(kind: Message['kind']) {
    this.#kind = kind
  }

  /** Of two versions of one name the higher stays. */
  add(region: string, name: string, version = 0n): void {
    const names = this.#names.get(region) ?? new Map<string, bigint>()
    this.#names.set(region, names)
    const known = names.get(name)
    if (known === undefined) {
      this.#count += 1
      if (this.#count <= MAX_NAMES) {
        this.#bytes += this.#weigh(name) + (names.size === 0 ? regionWeight(region) : 0)
      }
    }
    if (known === undefined || known < version) {
      names.set(name, version)
    }
  }

  /** Adds all that another batch of the same kind has. */
  addAll(other: Batch): void {
    for (const [region, names] of other.#names) {
      for (const [name, version] of names) {
        this.add(region, name, version)
      }
    }
  }

  /** As few bodies as can be, within the limits of one message. */
  bodies(): Body[] {
    if (this.#kind === 'clear-all') {
      return [{ kind: 'clear-all' }]
    }
    if (this.#bytes <= MAX_BYTES && this.#count <= MAX_NAMES) {
      return [this.#bodyOf(this.#names)]
    }
    const parts: Part[] = []
    for (const [region, names] of this.#names) {
      for (const [name, version] of names) {
        const weight = this.#weigh(name)
        if (!parts.at(-1)?.add(region, name, version, weight)) {
          const part = new Part()
          part.add(region, name, version, weight)
          parts.push(part)
        }
      }
    }
    return parts.map(({ groups }) => this.#bodyOf(groups))
  }

  #weigh(name: string): number {
    return this.#kind === 'bump' ? versionWeight(name) : textWeight(name)
  }

  #bodyOf(part: Part['groups']): Body {
    const groups = [...part]
    if (this.#kind === 'invalidate') {
      const items = groups.map(([region, names]): RegionKeys => ({ region, keys: [...names.keys()] }))
      return { kind: 'invalidate', items }
    }
    if (this.#kind === 'bump') {
      const items = groups.map(([region, versions]): RegionVersions => ({ region, versions }))
      return { kind: 'bump', items }
    }
    const names = groups.flatMap(([, each]) => [...each.keys()])
    return this.#kind === 'clear' ? { kind: 'clear', regions: names } : { kind: 'invalidate-tags', tags: names }
  }
}

/** What one message names. */
class Part {
  /** By region, each name with its version. */
  readonly groups = new Map<string, Map<string, bigint>>()
  #bytes = EMPTY_WEIGHT
  #count = 0

  /** False if there is no room. */
  add(region: string, name: string, version: bigint, weight: number): boolean {
    const group = this.groups.get(region) ?? new Map<string, bigint>()
    const bytes = this.#bytes + weight + (group.size === 0 ? regionWeight(region) : 0)
    if (bytes > MAX_BYTES || this.#count === MAX_NAMES) {
      return false
    }
    this.groups.set(region, group.set(name, version))
    this.#bytes = bytes
    this.#count += 1
    return true
  }
}
