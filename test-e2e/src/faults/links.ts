import { type Address, type FaultProxy, startProxy } from '@rescind/testbed'
import type { Endpoint } from './way.ts'

/** The links of a topology, to be closed with it. */
export class Links {
  readonly #open: FaultProxy[] = []

  async to(target: Address): Promise<FaultProxy> {
    const link = await startProxy(target)
    this.#open.push(link)
    return link
  }

  /** A link to each of the servers, and what is to be put in the place of their addresses. */
  async toEach(
    targets: readonly Address[],
  ): Promise<{ readonly links: readonly FaultProxy[]; readonly natMap: Readonly<Record<string, Endpoint>> }> {
    const links = await Promise.all(targets.map((target) => this.to(target)))
    const natMap = Object.fromEntries(
      targets.map(({ host, port }, n) => [`${host}:${port}`, { host, port: links[n]?.port ?? port }]),
    )
    return { links, natMap }
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map((link) => link.close()))
  }
}
