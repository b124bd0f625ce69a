import type { SimClock } from './clock.ts'
import type { Context } from './context.ts'
import { HEARTBEAT_MS } from './limits.ts'
import type { Link } from './link.ts'
import type { Population, Process } from './population.ts'

const MAX_LOADS = 8

/** What moves between processes and servers, and the time in which it does. */
export class Traffic {
  readonly #context: Context
  readonly #clock: SimClock
  readonly #population: Population

  constructor(context: Context, clock: SimClock, population: Population) {
    this.#context = context
    this.#clock = clock
    this.#population = population
  }

  /** The server executes commands of the process. */
  execute(process: Process, count: number, shard: boolean): void {
    const link = linkOf(process, shard)
    for (let n = 0; n < count && link?.execute(this.#context.setup.ownFirst); n += 1) {}
  }

  /** The process reads what has arrived, or that nothing will any more. Returns how much was read. */
  hear(process: Process, count: number, backwards: boolean, shard: boolean): number {
    const link = linkOf(process, shard)
    let heard = 0
    this.#population.on(process, () => {
      if (link?.ended) {
        process.cut()
      } else if (link) {
        heard = link.hear(count, backwards)
      }
    })
    return heard
  }

  /** Until nothing moves any more. */
  flow(process: Process): void {
    const links = this.#context.setup.cluster ? [false, true] : [false]
    for (let moved = true; moved; ) {
      moved = false
      this.#clock.tick()
      for (const shard of links) {
        this.execute(process, Number.POSITIVE_INFINITY, shard)
        moved = this.hear(process, Number.POSITIVE_INFINITY, false, shard) > 0 || moved
      }
    }
  }

  flowAll(): void {
    for (let round = 0; round < 3; round += 1) {
      for (const process of this.#population.processes) {
        this.flow(process)
      }
    }
  }

  /** Time passes in which nothing happens; then what waits for it is done. */
  pass(ms: number): void {
    this.#clock.pass(ms)
    for (const process of this.#population.processes) {
      this.#population.on(process, () => process.loop.ring())
    }
  }

  /** Time passes in which everything works that can. */
  run(ms: number): void {
    for (let left = ms; left > 0; left -= HEARTBEAT_MS / 2) {
      this.slice(Math.min(left, HEARTBEAT_MS / 2))
    }
  }

  slice(ms: number): void {
    const population = this.#population
    this.pass(ms)
    for (const process of population.processes) {
      population.on(process, () => process.connect())
    }
    this.flowAll()
    for (const node of population.nodes) {
      for (let left = MAX_LOADS; left > 0 && node.loads.length > 0 && !node.stopped; left -= 1) {
        population.on(node, () => node.advance(0, false))
      }
    }
    this.flowAll()
  }

  giveUp(process: Process, shard: boolean): void {
    linkOf(process, shard)?.giveUp()
  }
}

function linkOf(process: Process, shard: boolean): Link | undefined {
  const session = 'bus' in process ? process.bus.current : process.current
  return shard ? session?.values : session?.log
}
