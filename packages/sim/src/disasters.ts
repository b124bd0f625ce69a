import type { Population } from './population.ts'
import type { Server } from './server.ts'
import type { Servers } from './session.ts'

/** What happens to servers, and to the connections that lead there. */
export class Disasters {
  readonly #servers: Servers
  readonly #population: Population
  /** What was sent on connections that are gone. */
  readonly #late: (() => void)[]

  constructor(servers: Servers, population: Population, late: (() => void)[]) {
    this.#servers = servers
    this.#population = population
    this.#late = late
  }

  server(shard: boolean): Server {
    return shard ? this.#servers.values : this.#servers.log
  }

  failOver(back: number, shard: boolean): void {
    const server = this.server(shard)
    server.fate.goBack(back)
    this.#disconnect(server)
  }

  restart(empty: boolean, shard: boolean): void {
    const server = this.server(shard)
    if (empty) {
      server.fate.lose()
    } else {
      server.fate.beAnother()
    }
    this.#disconnect(server)
  }

  demote(back: number): void {
    const { log } = this.#servers
    for (const link of log.links) {
      link.demoted = true
    }
    log.fate.goBack(back)
  }

  promote(): void {
    const { log } = this.#servers
    const demoted = [...log.links].filter((link) => link.demoted)
    for (const link of demoted) {
      link.demoted = false
    }
    if (demoted.length > 0) {
      log.fate.beAnother()
    }
  }

  arriveLate(which: number): void {
    const [late] = this.#late.splice(which % Math.max(1, this.#late.length), 1)
    late?.()
  }

  #disconnect(server: Server): void {
    const { log } = this.#servers
    for (const link of [...server.links]) {
      if (server === log) {
        link.sever()
      } else {
        // A client of the cluster finds the new primary by itself.
        link.reroute()
      }
    }
    for (const process of this.#population.processes) {
      this.#population.on(process, () => undefined)
    }
    // It is not there any more to execute them.
    this.#late.length = 0
  }
}
