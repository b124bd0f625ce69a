import { Alarms } from './alarms.ts'
import { type Item, itemAt } from './catalogue.ts'
import { SimClock } from './clock.ts'
import type { Context } from './context.ts'
import { Disasters } from './disasters.ts'
import { forge } from './forger.ts'
import { inspectNode, inspectQuietL2, inspectQuietNode, inspectRead } from './inspection.ts'
import { Ledger } from './ledger.ts'
import { BOUND_MS, HEARTBEAT_MS } from './limits.ts'
import type { Mutant } from './mutant.ts'
import { Population } from './population.ts'
import type { Forgery, Setup, Step } from './schedule.ts'
import { Server } from './server.ts'
import type { Servers } from './session.ts'
import type { SimNode } from './sim-node.ts'
import { Source } from './source.ts'
import { Traffic } from './traffic.ts'
import { write } from './writing.ts'

export interface WorldOptions {
  readonly mutant?: Mutant | undefined
  /** Hears what happens, line by line. */
  readonly tell?: (line: string) => void
}

/** Servers, processes and the source of truth, moved step by step; after each step it is checked what is promised. */
export class World {
  readonly #context: Context
  readonly #clock: SimClock = new SimClock()
  readonly #servers: Servers
  readonly #population: Population
  readonly #traffic: Traffic
  readonly #disasters: Disasters
  readonly #alarms: Alarms
  #ids = 0

  constructor(setup: Setup, { mutant, tell }: WorldOptions = {}) {
    this.#context = {
      setup,
      mutant,
      source: new Source(),
      ledger: new Ledger(),
      clock: () => this.#clock.now,
      newId: () => {
        this.#ids += 1
        return `${this.#ids}`
      },
      told: tell !== undefined,
      tell: (line) => tell?.(`${this.#clock.now} ${line}`),
    }
    const late: (() => void)[] = []
    const log = new Server('log', this.#context)
    this.#servers = { log, values: setup.cluster ? new Server('values', this.#context) : log }
    this.#alarms = new Alarms(setup, this.#context.tell)
    const wiring = { servers: this.#servers, onCut: (sent: readonly (() => void)[]) => void late.push(...sent) }
    this.#population = new Population(this.#context, wiring, this.#alarms)
    this.#traffic = new Traffic(this.#context, this.#clock, this.#population)
    this.#disasters = new Disasters(this.#servers, this.#population, late)
  }

  /** @throws {Violation} */
  take(step: Step): void {
    this.#clock.tick()
    this.#alarms.note(step)
    this.#perform(step)
    for (const node of this.#population.nodes) {
      inspectNode(node, this.#context)
    }
  }

  /**
   * Lets everything that was broken work again, until nothing happens any more, and compares.
   * @throws {Violation}
   */
  settle(): void {
    this.#disasters.promote()
    for (const process of this.#population.processes) {
      process.stopped = false
    }
    if (this.#population.nodes.every((node) => node.bus.closed)) {
      // Somebody must ask which server it is.
      this.#population.join()
    }
    for (let passed = 0; passed < 2 * BOUND_MS; passed += HEARTBEAT_MS) {
      this.#traffic.slice(HEARTBEAT_MS)
    }
    for (const node of this.#population.nodes) {
      inspectNode(node, this.#context)
      inspectQuietNode(node, this.#servers.log, this.#context)
    }
    inspectQuietL2(this.#servers.values, this.#servers.log, this.#context)
  }

  #perform(step: Step): void {
    const population = this.#population
    const traffic = this.#traffic
    const disasters = this.#disasters
    switch (step.do) {
      case 'read':
        population.on(population.node(step.node), (node) => this.#read(node, itemAt(step.item)))
        break
      case 'write':
        population.on(population.process(step.node), (process) => {
          write(process, itemAt(step.item), step.by, step.confirm, this.#context)
        })
        break
      case 'execute':
        traffic.execute(population.process(step.node), step.count, step.shard)
        break
      case 'hear':
        traffic.hear(population.process(step.node), step.count, step.backwards, step.shard)
        break
      case 'flow':
        traffic.flow(population.process(step.node))
        break
      case 'flow all':
        traffic.flowAll()
        break
      case 'load':
        population.on(population.node(step.node), (node) => node.advance(step.which, step.fails))
        break
      case 'wait':
        traffic.pass(step.ms)
        break
      case 'run':
        traffic.run(step.ms)
        break
      case 'beat':
        population.on(population.node(step.node), (node) => node.bus.tick())
        break
      case 'cut':
        population.on(population.process(step.node), (process) => process.cut())
        break
      case 'connect':
        population.on(population.process(step.node), (process) => process.connect())
        break
      case 'deafen':
        population.node(step.node).deafen()
        break
      case 'give up':
        population.on(population.process(step.node), (process) => traffic.giveUp(process, step.shard))
        break
      case 'late':
        disasters.arriveLate(step.which)
        break
      case 'stop':
        population.process(step.node).stopped = true
        break
      case 'continue':
        population.process(step.node).stopped = false
        break
      case 'crash':
        population.crash(population.node(step.node))
        break
      case 'leave':
        population.on(population.node(step.node), (node) => node.leave())
        break
      case 'join':
        population.join()
        break
      case 'snapshot':
        disasters.server(step.shard).fate.snapshot()
        break
      case 'fail over':
        disasters.failOver(step.back, step.shard)
        break
      case 'restart':
        disasters.restart(step.empty, step.shard)
        break
      case 'demote':
        disasters.demote(step.back)
        break
      case 'promote':
        disasters.promote()
        break
      case 'trim':
        disasters.server(false).fate.trim(step.length)
        break
      case 'wipe':
        disasters.server(step.shard).fate.wipe()
        break
      case 'delete log':
        disasters.server(false).fate.deleteLog()
        break
      case 'forge':
        this.#forge(population.node(step.node), step.as)
        break
    }
  }

  #read(node: SimNode, item: Item): void {
    const beganAt = this.#clock.now
    node.read(item).listen((settled) => {
      if (settled.ok) {
        this.#context.tell(`${node.id} has read ${item.id} v${settled.value}, begun at ${beganAt}`)
        inspectRead(node, item.index, beganAt, settled.value, this.#context)
      }
    })
  }

  #forge(node: SimNode, as: Forgery): void {
    const entry = forge(node, as, this.#context.newId())
    if (entry) {
      node.bus.current?.log.broadcast(entry, true)
    }
  }
}
