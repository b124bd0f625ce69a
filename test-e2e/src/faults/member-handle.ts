import type { FaultProxy } from '@rescind/testbed'
import type { HistoryRecord } from '@rescind/testing'
import { machineNow } from '@rescind/testing'
import { Remote } from '../remote.ts'
import type { Loop, MemberEvent, MemberMethods, MemberOptions, Role } from './member.ts'
import { environmentOf, type Mutant } from './mutant.ts'
import type { Way } from './way.ts'

/** What every member of a run is told. */
export type RunOptions = Omit<MemberOptions, 'role' | 'process' | 'way'>

export interface MemberSettings {
  readonly name: string
  readonly role: Role
  readonly connection: Connection
  readonly run: RunOptions
  readonly mutant?: Mutant | undefined
  readonly onEvent: (event: MemberEvent) => void
}

/** A way to Redis that one process has for itself, over links that can break. */
export interface Connection {
  readonly way: Way
  readonly links: readonly FaultProxy[]
}

/** A process of a run, which may be killed and have a successor. */
export class Member {
  readonly role: Role
  readonly links: readonly FaultProxy[]
  readonly #settings: MemberSettings
  #remote: Remote<MemberMethods> | undefined
  #generation = 0
  #loops: readonly Loop[] = []

  constructor(settings: MemberSettings) {
    this.#settings = settings
    this.role = settings.role
    this.links = settings.connection.links
  }

  /** What the history calls the process that runs now, or ran last. */
  get process(): string {
    return `${this.#settings.name}.${this.#generation}`
  }

  get running(): boolean {
    return this.#remote !== undefined
  }

  get remote(): Remote<MemberMethods> {
    if (!this.#remote) throw new Error(`${this.process} does not run`)
    return this.#remote
  }

  /** Starts the process, or its successor, and the loops of the last one. */
  async start(): Promise<void> {
    const { role, connection, run, mutant, onEvent } = this.#settings
    this.#generation += 1
    const env = mutant && environmentOf(mutant)
    const remote = await Remote.spawn<MemberMethods>('./faults/member-process.js', env && { env })
    remote.onEvent((event) => onEvent(event as MemberEvent))
    this.#remote = remote
    await remote.call('open', { ...run, role, process: this.process, way: connection.way })
    if (this.#loops.length > 0) await this.work(this.#loops)
  }

  async work(loops: readonly Loop[]): Promise<void> {
    this.#loops = loops
    await this.remote.call('work', loops)
  }

  async rest(): Promise<void> {
    this.#loops = []
    await this.#remote?.call('rest')
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    const { remote } = this
    this.#remote = undefined
    await remote.kill()
    const crash: HistoryRecord = { type: 'crash', process: this.process, at: machineNow() }
    this.#settings.onEvent({ type: 'records', records: [crash] })
  }

  /** Ends it as a deployment does. False if it goes on instead, since it has something to say that nobody hears. */
  async leave(): Promise<boolean> {
    const { remote } = this
    await remote.call('rest')
    if ((await remote.call('settle')) > 0) {
      await this.work(this.#loops)
      return false
    }
    await remote.call('close')
    await remote.call('send')
    remote.expectUnharmed()
    this.#remote = undefined
    await remote.stop()
    return true
  }

  /** Has it send what it has noted. */
  async collect(): Promise<void> {
    await this.#remote?.call('send')
  }

  /** Fails if it crashed, or complained. */
  expectUnharmed(): void {
    this.#remote?.expectUnharmed()
  }

  async stop(): Promise<void> {
    await this.#remote?.stop()
  }
}
