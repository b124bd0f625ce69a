import type { Message, RegionKeys, RegionVersions } from './message.ts'
import { textWeight, versionWeight } from './weight.ts'

/** A message, but for what its sender adds: id, origin, time. */
export type Body = Message extends infer Each
  ? Each extends Message
    ? Omit<Each, 'id' | 'origin' | 'sentAt' | 'confirm'>
    : never
  : never

/** A message of more bytes, or of more names, is split. */
const MAX_BYTES = 256 * 1024
/** One script removes the values of so many keys, while the server does nothing else, and each member as many. */
const MAX_NAMES = 512

/** What calls of one turn of the event loop have named, for one kind of message; each name once. */
export class Batch {
  readonly #kind: Message['kind']
  /** By region; tags and regions themselves under an empty one. A version for each name of a bump. */
  readonly #names = new Map<string, Map<string, bigint>>()

  constructor(kind: Message['kind']) {
    this.#kind = kind
  }

  /** Of two versions of one name the higher stays. */
  add(region: string, name: string, version = 0n): void {
    const names = this.#names.get(region) ?? new Map<string, bigint>()
    this.#names.set(region, names)
    const known = names.get(name)
    if (known === undefined || known < version) {
      names.set(name, version)
    }
  }

  /** As few bodies as can be, within the limits of one message. */
  bodies(): Body[] {
    if (this.#kind === 'clear-all') {
      return [{ kind: 'clear-all' }]
    }
    const parts: Map<string, Map<string, bigint>>[] = []
    let bytes = 0
    let count = 0
    for (const [region, names] of this.#names) {
      for (const [name, version] of names) {
        const weight = this.#kind === 'bump' ? versionWeight(name) : textWeight(name)
        let part = parts.at(-1)
        if (!part || bytes + weight > MAX_BYTES || count === MAX_NAMES) {
          part = new Map()
          parts.push(part)
          bytes = 0
          count = 0
        }
        let inRegion = part.get(region)
        if (!inRegion) {
          inRegion = new Map()
          part.set(region, inRegion)
          bytes += textWeight(region)
        }
        inRegion.set(name, version)
        bytes += weight
        count += 1
      }
    }
    return parts.map((part) => this.#bodyOf(part))
  }

  #bodyOf(part: ReadonlyMap<string, ReadonlyMap<string, bigint>>): Body {
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
