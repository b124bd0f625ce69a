import { DisconnectedError, type LiveEntry, type Session, type SessionListener, type Transport } from '@rescind/bus'

/**
 * `whole`; `held`: what the log broadcasts waits; `deaf`: what it broadcasts is lost; `cut`: nothing gets through, and the
 * sessions have ended.
 */
export type LinkState = 'whole' | 'held' | 'deaf' | 'cut'

/** The link of one node to a log in memory, which breaks on demand. */
export class HubLink implements Transport {
  #hub: Transport
  #state: LinkState = 'whole'
  readonly #sessions = new Set<Session>()
  #held: (() => void)[] = []

  constructor(hub: Transport) {
    this.#hub = hub
  }

  async open(listener: SessionListener, signal?: AbortSignal): Promise<Session> {
    if (this.#state === 'cut') {
      throw new DisconnectedError()
    }
    const { onEntry } = listener
    const heard = onEntry && ((entry: LiveEntry) => this.#hear(() => this.#sessions.has(session) && onEntry(entry)))
    const session = await this.#hub.open({ ...listener, ...(heard && { onEntry: heard }) }, signal)
    this.#sessions.add(session)
    const through = async <T>(call: () => Promise<T>): Promise<T> => {
      if (!this.#sessions.has(session)) {
        throw new DisconnectedError()
      }
      return call()
    }
    return {
      ...session,
      append: (message, knownEpoch, retry) => through(() => session.append(message, knownEpoch, retry)),
      beat: (beat) => through(() => session.beat(beat)),
      members: (knownEpoch) => through(() => session.members(knownEpoch)),
      leave: (nodeId) => through(() => session.leave(nodeId)),
      page: (from, count) => through(() => session.page(from, count)),
      markers: (query) => through(() => session.markers(query)),
      wake: (key) => through(() => session.wake(key)),
      close: () => this.#end(session),
    }
  }

  /** As if nothing had ever been wrong; what was held arrives now. */
  set state(state: LinkState) {
    this.#state = state
    const held = this.#held
    this.#held = []
    if (state === 'cut') {
      this.#endAll()
    } else {
      for (const hear of held) {
        this.#hear(hear)
      }
    }
  }

  /** Sessions end, and the next ones are opened to this hub. */
  move(hub: Transport): void {
    this.#hub = hub
    this.#held = []
    this.#endAll()
  }

  #hear(hear: () => void): void {
    if (this.#state === 'held') {
      this.#held.push(hear)
    } else if (this.#state === 'whole') {
      hear()
    }
  }

  #endAll(): void {
    for (const session of this.#sessions) {
      void this.#end(session)
    }
  }

  async #end(session: Session): Promise<void> {
    this.#sessions.delete(session)
    await session.close()
  }
}
