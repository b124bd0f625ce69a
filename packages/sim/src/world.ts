import type { FlushReason, Message } from '@rescind/bus'
import { ITEMS, type Item, itemAt } from './catalogue.ts'
import type { Context } from './context.ts'
import { FORGED, forge } from './forger.ts'
import { inspectNode, inspectQuietL2, inspectQuietNode, inspectRead } from './inspection.ts'
import { Ledger } from './ledger.ts'
import { BOUND_MS, HEARTBEAT_MS } from './limits.ts'
import type { Link } from './link.ts'
import type { Mutant } from './mutant.ts'
import type { Forgery, Setup, Step, Telling } from './schedule.ts'
import { Server } from './server.ts'
import type { Session } from './session.ts'
import { SimNode } from './sim-node.ts'
import { SimPublisher } from './sim-publisher.ts'
import { Source } from './source.ts'
import { Violation } from './violation.ts'
import type { Wiring } from './wiring.ts'

type Process = SimNode | SimPublisher

export interface WorldOptions {
  readonly mutant?: Mutant | undefined
  /** Follow the packages to the letter, and not the rules that are proposed in `context.ts`. */
  readonly asIs?: boolean
  /** Hears what happens, line by line. */
  readonly tell?: (line: string) => void
}

const MAX_NODES = 5

/** Servers, processes and the source of truth, moved step by step; after each step it is checked what is promised. */
export class World {
  readonly #context: Context
  readonly #log: Server
  readonly #values: Server
  readonly #wiring: Wiring
  readonly #nodes: SimNode[] = []
  readonly #publisher: SimPublisher
  /** What was sent on connections that are gone. */
  #late: (() => void)[] = []
  #now = 0
  #ids = 0
  /** Something has happened that may cost a flush. */
  #disturbed: boolean
  #cleared = false

  constructor(setup: Setup, { mutant, asIs = false, tell }: WorldOptions = {}) {
    this.#context = {
      setup,
      mutant,
      patched: !asIs,
      source: new Source(),
      ledger: new Ledger(),
      clock: () => this.#now,
      newId: () => {
        this.#ids += 1
        return `${this.#ids}`
      },
      told: tell !== undefined,
      tell: (line) => tell?.(`${this.#now} ${line}`),
    }
    this.#disturbed = setup.logLength < 1_000
    this.#log = new Server('log', this.#context)
    this.#values = setup.cluster ? new Server('values', this.#context) : this.#log
    this.#wiring = {
      log: this.#log,
      values: this.#values,
      onCut: (late) => this.#late.push(late),
      onApply: (node, message) => this.#onApply(node, message),
      onFlush: (node, reason) => this.#onFlush(node, reason),
    }
    for (let n = 0; n < setup.nodes; n += 1) {
      this.#join()
    }
    this.#publisher = new SimPublisher('publisher', this.#context, this.#wiring)
    this.#publisher.connect()
  }

  /** @throws {Violation} */
  take(step: Step): void {
    this.#tick()
    this.#do(step)
    for (const node of this.#nodes) {
      inspectNode(node, this.#context)
    }
  }

  /**
   * Lets everything that was broken work again, until nothing happens any more, and compares.
   * @throws {Violation}
   */
  settle(): void {
    this.#promote()
    for (const process of this.#processes) {
      process.stopped = false
    }
    if (this.#nodes.every((node) => node.bus.closed)) {
      // Somebody must ask which server it is.
      this.#join()
    }
    for (let passed = 0; passed < 2 * BOUND_MS; passed += HEARTBEAT_MS) {
      this.#slice(HEARTBEAT_MS)
    }
    for (const node of this.#nodes) {
      inspectNode(node, this.#context)
      inspectQuietNode(node, this.#log, this.#context)
    }
    inspectQuietL2(this.#values, this.#log, this.#context)
  }

  get #processes(): Process[] {
    return [...this.#nodes, this.#publisher]
  }

  #do(step: Step): void {
    switch (step.do) {
      case 'read':
        return this.#on(this.#node(step.node), (node) => this.#read(node, itemAt(step.item)))
      case 'write':
        return this.#on(this.#process(step.node), (process) =>
          this.#write(process, itemAt(step.item), step.by, step.confirm),
        )
      case 'execute':
        return this.#execute(this.#process(step.node), step.count, step.shard)
      case 'hear':
        return this.#hear(this.#process(step.node), step.count, step.backwards, step.shard)
      case 'flow':
        return this.#flow(this.#process(step.node))
      case 'flow all':
        return this.#flowAll()
      case 'load':
        return this.#on(this.#node(step.node), (node) => node.advance(step.which, step.fails))
      case 'wait':
        return this.#pass(step.ms)
      case 'run':
        for (let left = step.ms; left > 0; left -= HEARTBEAT_MS / 2) {
          this.#slice(Math.min(left, HEARTBEAT_MS / 2))
        }
        return
      case 'beat':
        return this.#on(this.#node(step.node), (node) => node.bus.tick())
      case 'cut':
        return this.#on(this.#process(step.node), (process) => process.cut())
      case 'connect':
        return this.#on(this.#process(step.node), (process) => process.connect())
      case 'deafen':
        return this.#deafen(this.#node(step.node))
      case 'give up':
        return this.#on(this.#process(step.node), (process) => linkOf(process, step.shard)?.giveUp())
      case 'late':
        return this.#late.splice(step.which % Math.max(1, this.#late.length), 1)[0]?.()
      case 'stop':
        this.#process(step.node).stopped = true
        return
      case 'continue':
        this.#process(step.node).stopped = false
        return
      case 'crash':
        return this.#crash(this.#node(step.node))
      case 'leave':
        return this.#on(this.#node(step.node), (node) => node.leave())
      case 'join':
        return this.#nodes.length < MAX_NODES ? this.#join() : undefined
      case 'snapshot':
        return this.#server(step.shard).snapshot()
      case 'fail over':
        return this.#replace(this.#server(step.shard), (server) => server.goBack(step.back))
      case 'restart':
        return this.#replace(this.#server(step.shard), (server) => (step.empty ? server.lose() : server.beAnother()))
      case 'demote':
        return this.#demote(step.back)
      case 'promote':
        return this.#promote()
      case 'trim':
        this.#disturbed = true
        return this.#log.trim(step.length)
      case 'wipe':
        this.#disturbed = true
        return this.#server(step.shard).wipe()
      case 'delete log':
        this.#disturbed = true
        return this.#log.deleteLog()
      case 'forge':
        return this.#forge(this.#node(step.node), step.as)
    }
  }

  // Processes.

  #tick(): void {
    this.#now += 1
  }

  #node(n: number): SimNode {
    const node = this.#nodes[n % this.#nodes.length]
    if (!node) {
      throw new Error('There is always a node')
    }
    return node
  }

  #process(n: number): Process {
    return n < 0 ? this.#publisher : this.#node(n)
  }

  #server(shard: boolean): Server {
    return shard ? this.#values : this.#log
  }

  /** One event of a process, and what follows from it. */
  #on<P extends Process>(process: P, event: (process: P) => void): void {
    if (!process.stopped) {
      event(process)
      process.loop.drain()
    }
  }

  #join(): void {
    const node = new SimNode(`node${this.#context.newId()}`, this.#context, this.#wiring)
    this.#nodes.push(node)
    this.#on(node, () => node.connect())
  }

  #crash(node: SimNode): void {
    if (this.#nodes.length > 1) {
      this.#nodes.splice(this.#nodes.indexOf(node), 1)
      node.loop.stop()
      node.cut()
    }
  }

  #read(node: SimNode, item: Item): void {
    const { tell } = this.#context
    const beganAt = this.#now
    node.read(item).listen((settled) => {
      if (settled.ok) {
        tell(`${node.id} has read ${item.id} v${settled.value}, begun at ${beganAt}`)
        inspectRead(node, item.index, beganAt, settled.value, this.#context)
      }
    })
  }

  #write(process: Process, item: Item, by: Telling, confirm: boolean): void {
    const { source, ledger, setup, newId, tell } = this.#context
    const head = { id: `m${newId()}`, origin: process.id, sentAt: 0, confirm: confirm && setup.strict }
    const how = by === 'tag' && item.tags.length === 0 ? 'key' : by
    const message = messageOf(head, item, how)
    for (const touched of ITEMS.filter((other) => isTouched(other, item, how))) {
      source.commit(touched.index)
    }
    this.#cleared ||= by === 'all'
    ledger.announce(message, source.committed)
    const announced = ledger.announcedBy(message.id)
    process.publish(message).listen((settled) => {
      if (!settled.ok) {
        return
      }
      const { position } = settled.value
      tell(`${process.id} is acknowledged ${message.kind} at ${position.epoch}-${position.seq}: ${announced}`)
      source.acknowledged.reach(announced, this.#now)
      source.ownOf(process.id).reach(announced, this.#now)
      if (message.confirm) {
        process.confirm(position).listen(({ ok }) => {
          if (ok) {
            tell(`${process.id} is confirmed ${message.kind} at ${position.epoch}-${position.seq}: ${announced}`)
            source.confirmed.reach(announced, this.#now)
          }
        })
      }
    })
  }

  // Time and the network.

  #execute(process: Process, count: number, shard: boolean): void {
    const link = linkOf(process, shard)
    for (let n = 0; n < count && link?.execute(this.#context.setup.ownFirst); n += 1) {}
  }

  #hear(process: Process, count: number, backwards: boolean, shard: boolean): void {
    const link = linkOf(process, shard)
    if (link?.ended) {
      this.#on(process, () => process.cut())
    } else if (link) {
      this.#on(process, () => link.hear(count, backwards))
    }
  }

  #flow(process: Process): void {
    for (let moved = true; moved; ) {
      moved = false
      this.#tick()
      for (const shard of this.#context.setup.cluster ? [false, true] : [false]) {
        const link = linkOf(process, shard)
        while (link?.execute(this.#context.setup.ownFirst)) {}
        if (link?.ended) {
          this.#on(process, () => process.cut())
        } else if (link) {
          this.#on(process, () => {
            moved = link.hear(Number.POSITIVE_INFINITY, false) > 0 || moved
          })
        }
      }
    }
  }

  #flowAll(): void {
    for (let round = 0; round < 3; round += 1) {
      for (const process of this.#processes) {
        this.#flow(process)
      }
    }
  }

  /** Time passes, and then what waits for it is done. */
  #pass(ms: number): void {
    this.#now += ms
    for (const process of this.#processes) {
      this.#on(process, () => process.loop.ring())
    }
  }

  /** A moment in which all that can work does. */
  #slice(ms: number): void {
    this.#pass(ms)
    for (const process of this.#processes) {
      this.#on(process, () => process.connect())
    }
    this.#flowAll()
    for (const node of this.#nodes) {
      for (let left = 8; left > 0 && node.loads.length > 0 && !node.stopped; left -= 1) {
        this.#on(node, () => node.advance(0, false))
      }
    }
    this.#flowAll()
  }

  #deafen(node: SimNode): void {
    const { current } = node.bus
    if (current) {
      current.log.deaf = true
    }
  }

  #forge(node: SimNode, as: Forgery): void {
    const entry = forge(node, as, this.#context.newId())
    if (entry) {
      node.bus.current?.log.broadcast(entry, true)
    }
  }

  // Servers.

  #replace(server: Server, become: (server: Server) => void): void {
    this.#disturbed = true
    become(server)
    if (this.#context.setup.cluster && server === this.#values) {
      for (const link of [...server.links]) {
        link.reroute()
      }
      for (const process of this.#processes) {
        this.#on(process, () => undefined)
      }
    } else {
      for (const link of [...server.links]) {
        link.sever()
      }
    }
    // It is not there any more to execute them.
    this.#late = []
  }

  #demote(back: number): void {
    this.#disturbed = true
    for (const link of this.#log.links) {
      link.demoted = true
    }
    this.#log.goBack(back)
  }

  #promote(): void {
    const demoted = [...this.#log.links].filter((link) => link.demoted)
    for (const link of demoted) {
      link.demoted = false
    }
    if (demoted.length > 0) {
      this.#log.beAnother()
    }
  }

  // What is promised at other moments than after a step.

  #onApply(node: SimNode, message: Message): void {
    if (message.id.startsWith(FORGED)) {
      throw new Violation('forgery', `${node.id} applies ${message.kind}, which nobody sent`)
    }
  }

  #onFlush(node: SimNode, reason: FlushReason): void {
    this.#context.tell(`${node.id} drops everything: ${reason}`)
    if (node.deceived) {
      throw new Violation('forgery', `${node.id} drops everything for a broadcast that nobody sent: ${reason}`)
    }
    if (!this.#disturbed && !this.#cleared && reason !== 'joined') {
      throw new Violation('no false alarm', `${node.id} drops everything: ${reason}`)
    }
  }
}

function linkOf(process: Process, shard: boolean): Link | undefined {
  const session: Session | undefined = process instanceof SimNode ? process.bus.current : process.session
  return shard ? session?.values : session?.log
}

function messageOf(
  head: { readonly id: string; readonly origin: string; readonly sentAt: number; readonly confirm: boolean },
  item: Item,
  by: Telling,
): Message {
  const { region, id } = item
  switch (by) {
    case 'key':
      return { ...head, kind: 'invalidate', items: [{ region, keys: [id] }] }
    case 'bump':
      return { ...head, kind: 'bump', items: [{ region, versions: new Map([[id, 1n]]) }] }
    case 'tag':
      return { ...head, kind: 'invalidate-tags', tags: item.tags.slice(-1) }
    case 'region':
      return { ...head, kind: 'clear', regions: [region] }
    case 'all':
      return { ...head, kind: 'clear-all' }
  }
}

function isTouched(other: Item, item: Item, by: Telling): boolean {
  switch (by) {
    case 'key':
    case 'bump':
      return other === item
    case 'tag':
      return item.tags.slice(-1).some((tag) => other.tags.includes(tag))
    case 'region':
      return other.region === item.region
    case 'all':
      return true
  }
}
