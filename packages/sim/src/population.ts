import type { Context } from './context.ts'
import { SimNode } from './sim-node.ts'
import { SimPublisher } from './sim-publisher.ts'
import type { Wiring, Witness } from './wiring.ts'

export type Process = SimNode | SimPublisher

const MAX_NODES = 5

/** All processes: nodes that come and go, and a publisher. */
export class Population {
  readonly nodes: SimNode[] = []
  readonly #publisher: SimPublisher
  readonly #context: Context
  readonly #wiring: Wiring
  readonly #witness: Witness

  constructor(context: Context, wiring: Wiring, witness: Witness) {
    this.#context = context
    this.#wiring = wiring
    this.#witness = witness
    for (let n = 0; n < context.setup.nodes; n += 1) {
      this.join()
    }
    this.#publisher = new SimPublisher('publisher', context, wiring)
    this.#publisher.connect()
  }

  get processes(): Process[] {
    return [...this.nodes, this.#publisher]
  }

  /** The node of this number, counted round and round. */
  node(n: number): SimNode {
    const node = this.nodes[Math.abs(n) % this.nodes.length]
    if (!node) {
      throw new Error('There is always a node')
    }
    return node
  }

  /** As `node`, or below 0 the publisher. */
  process(n: number): Process {
    return n < 0 ? this.#publisher : this.node(n)
  }

  /** One event of a process, and what follows from it. */
  on<P extends Process>(process: P, event: (process: P) => void): void {
    if (!process.stopped) {
      event(process)
      process.loop.drain()
    }
  }

  join(): void {
    if (this.nodes.length < MAX_NODES) {
      const node = new SimNode(`node${this.#context.newId()}`, this.#context, this.#wiring, this.#witness)
      this.nodes.push(node)
      this.on(node, () => node.connect())
    }
  }

  /** One is always left. */
  crash(node: SimNode): void {
    if (this.nodes.length > 1) {
      this.nodes.splice(this.nodes.indexOf(node), 1)
      node.loop.stop()
      node.cut()
    }
  }
}
