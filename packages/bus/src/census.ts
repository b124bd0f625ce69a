import type { BeatReply, Member } from './transport.ts'

interface Sighting {
  readonly mark: string
  readonly since: number
}

/** For how long after its last proof a member may serve what it holds; 0 if that is not bound by its proof, or unknown. */
export function boundOf({ mark }: Member): number {
  const bound = Number(mark.split(' ')[2])
  return Number.isFinite(bound) && bound > 0 ? bound : 0
}

/**
 * Watches the other members by this node's own clock: the clock of a server can step. A member whose mark did not
 * change for twice the bound serves nothing any more by what it was told; the same holds for any member that a history
 * does not know once the history itself was watched for that long.
 */
export class Census {
  readonly #boundMs: number
  /** The longest bound that any member was seen with, also one that a history has forgotten. */
  #longestMs: number
  #sightings = new Map<string, Sighting>()
  #history: { readonly born: string; readonly since: number } | undefined

  /** @param boundMs for how long after its last proof a member may serve. */
  constructor(boundMs: number) {
    this.#boundMs = boundMs
    this.#longestMs = boundMs
  }

  /** Notes the reply to a beat, that came at `now`. */
  note({ born, members }: BeatReply, now: number): void {
    if (this.#history?.born !== born) {
      this.#history = { born, since: now }
      this.#sightings = new Map()
    }
    if (members.length > 0) {
      const sightings = new Map<string, Sighting>()
      for (const { id, mark } of members) {
        const known = this.#sightings.get(id)
        sightings.set(id, known?.mark === mark ? known : { mark, since: now })
        this.#longestMs = Math.max(this.#longestMs, boundOf({ id, mark }))
      }
      this.#sightings = sightings
    }
  }

  /** The members that have not beaten for long enough. */
  gone(now: number): Member[] {
    const gone: Member[] = []
    for (const [id, { mark, since }] of this.#sightings) {
      const bound = Math.max(this.#boundMs, boundOf({ id, mark }))
      if (now - since >= 2 * bound) {
        gone.push({ id, mark })
      }
    }
    return gone
  }

  /** The history, once it was watched for long enough; else an empty text. */
  watched(now: number): string {
    const history = this.#history
    return history && now - history.since >= 2 * this.#longestMs ? history.born : ''
  }
}
