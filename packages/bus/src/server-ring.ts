import HashRing from 'hashring'

/** Each server has four times as many points on the ring, as in libketama. */
const DIGESTS = 40

/**
 * Which of several servers a key belongs to, by consistent hashing: one server more takes its share of the keys from the
 * others, and moves no other key. The same as libketama says for servers of these names and of one weight.
 */
export class ServerRing {
  readonly #ring: HashRing

  constructor(names: readonly string[]) {
    // Of two points at one place the first counts, so the names come in one order. The points of each are set and not
    // left to weights: from those, rounding makes 39 for each of seven servers.
    const servers = Object.fromEntries(names.toSorted().map((name) => [name, { vnodes: DIGESTS }]))
    this.#ring = new HashRing(servers, 'md5', { 'vnode count': 1 })
  }

  serverOf(key: string): string | undefined {
    // Not `get`, which remembers keys as properties of an object: one named `__proto__` would change all objects.
    const [server] = this.#ring.range(key, 1)
    return server
  }
}
