import { comparePositions, parsePosition } from '@rescind/bus'
import { eventually } from '@rescind/testbed'
import type { HistoryRecord } from '@rescind/testing'
import { machineNow } from '@rescind/testing'
import { expect } from 'chai'
import type { DatabaseMethods } from '../database.ts'
import { Remote } from '../remote.ts'
import { KEYS, type Key, keyOf, rowOf } from './keys.ts'
import { hasCache, type Loop, type MemberEvent, type Role } from './member.ts'
import { type Connection, Member, type RunOptions } from './member-handle.ts'
import type { Mutant } from './mutant.ts'
import { BUS, type Topology } from './topology.ts'
import { unannounced } from './unannounced.ts'

export interface WorldOptions {
  readonly topology: Topology
  readonly maxStalenessMs: number
  readonly strict?: boolean
  /** Default 2000. */
  readonly leaseTtlMs?: number
  /** Default false. */
  readonly patient?: boolean
  /** Whether what one process has written is read at another one with its token. Default false. */
  readonly sendsOn?: boolean
  /** What every process is started as. */
  readonly mutant?: Mutant | undefined
}

const patientMs = 30_000
/** A bound that is longer is not waited for: what is held was looked at. */
const longestWaitMs = 1_000

/** The processes of a run, its servers, and what all of them have recorded. */
export class World {
  readonly history: HistoryRecord[] = []
  readonly members: Member[] = []
  readonly boundMs: number
  readonly databaseUrl: string
  readonly #topology: Topology
  readonly #database: Remote<DatabaseMethods>
  readonly #run: RunOptions
  readonly #sendsOn: boolean
  readonly #mutant: Mutant | undefined
  #added = 0
  /** The highest position of what relays have told. */
  #relayedUpTo = '0-0'

  private constructor(options: WorldOptions, database: Remote<DatabaseMethods>, databaseUrl: string) {
    const {
      topology,
      maxStalenessMs,
      strict = false,
      leaseTtlMs = 2_000,
      patient = false,
      sendsOn = false,
      mutant,
    } = options
    this.boundMs = maxStalenessMs
    this.#topology = topology
    this.#database = database
    this.databaseUrl = databaseUrl
    this.#run = { name: BUS, databaseUrl, maxStalenessMs, leaseTtlMs, strict, patient }
    this.#sendsOn = sendsOn
    this.#mutant = mutant
  }

  /** Starts the database; who takes part comes with `add`. */
  static async open(options: WorldOptions): Promise<World> {
    const database = await Remote.spawn<DatabaseMethods>('./database-process.js')
    const databaseUrl = await database.call('listen')
    await database.call('delay', 2)
    return new World(options, database, databaseUrl)
  }

  get database(): Remote<DatabaseMethods> {
    return this.#database
  }

  /** Those who have a cache, and run. */
  get nodes(): readonly Member[] {
    return this.members.filter(({ role, running }) => hasCache(role) && running)
  }

  /** One more process, that runs and hears everything. */
  async add(role: Role, mutant: Mutant | undefined = this.#mutant): Promise<Member> {
    return this.#admit(role, await this.#topology.connect(), mutant)
  }

  /** Several at once, in this order, by which faults find them. */
  async addAll(roles: readonly Role[]): Promise<void> {
    const connections = await Promise.all(roles.map(() => this.#topology.connect()))
    await Promise.all(connections.map((connection, n) => this.#admit(roles[n] ?? 'node', connection, this.#mutant)))
  }

  /** One process less, unless it has something to say that nobody hears yet. */
  async remove(member: Member): Promise<void> {
    if (await member.leave()) this.members.splice(this.members.indexOf(member), 1)
  }

  record(record: HistoryRecord): void {
    this.history.push(record)
  }

  async work(loopsOf: (role: Role) => readonly Loop[]): Promise<void> {
    await Promise.all(this.members.map((member) => member.work(loopsOf(member.role))))
  }

  /** Ends all traffic, and waits until everybody has heard everything. */
  async quieten(): Promise<void> {
    await Promise.all(this.members.map((member) => member.rest()))
    for (const { remote } of this.members) {
      await eventually(async () => expect(await remote.call('settle'), 'announcements owed').to.equal(0), {
        withinMs: patientMs,
      })
    }
    await this.relayed()
    await this.#inherit()
    await this.heard()
  }

  /** Waits until relays have told the others of all that stands in the outbox. */
  async relayed(): Promise<void> {
    await eventually(async () => expect((await this.#database.call('outbox')).left, 'rows left').to.equal(0), {
      withinMs: patientMs,
    })
    for (const { commits, ackedAt, told } of await this.#database.call('deliveries')) {
      for (const { id, version, committedAt } of commits) {
        const what = { process: 'outbox', ...keyOf(id), version, committedAt, ackedAt }
        // Without its position: what is told together is more than one message, and may be told twice.
        this.record({ type: 'write', ...what, ...(told.token && { token: told.token }), how: 'queue' })
      }
      if (told.position) this.#relayedUpTo = later(this.#relayedUpTo, told.position)
    }
  }

  /** Has all that was noted so far. */
  async collect(): Promise<void> {
    await Promise.all(this.members.map((member) => member.collect()))
  }

  /** Waits until all nodes have applied all that was acknowledged. */
  async heard(): Promise<void> {
    await this.collect()
    await Promise.all(this.nodes.map(becomesLive))
    await eventually(
      async () => {
        const statuses = await Promise.all(this.nodes.map(({ remote }) => remote.call('status')))
        const positions = new Set(statuses.map(({ position }) => position))
        expect(positions.size, 'different positions').to.equal(1)
        const [reached] = positions
        expect(reached === undefined || isAtLeast(reached, this.#newest()), 'all is applied').to.equal(true)
      },
      { withinMs: patientMs },
    )
  }

  /** What every process and L2 hold of these keys, as it is, and then what a newcomer and all the others read. */
  async observe(keys: readonly Key[] = KEYS): Promise<void> {
    const [first] = this.nodes
    for (const { remote, process } of this.nodes) this.#note(keys, await remote.call('held', keys), { process })
    this.#note(keys, await this.#database.call('versions', keys.map(rowOf)), { process: 'database' })
    if (first) this.#note(keys, await first.remote.call('shared', keys), {})
    await passes(machineNow() + Math.min(this.boundMs, longestWaitMs))
    await this.add(first?.role ?? 'node')
    await Promise.all(this.nodes.map(({ remote }) => remote.call('read', keys)))
    await this.collect()
  }

  /** Fails if a process crashed, or complained. */
  expectUnharmed(): void {
    this.#database.expectUnharmed()
    for (const member of this.members) member.expectUnharmed()
  }

  async stop(): Promise<void> {
    await Promise.all([this.#database.stop(), ...this.members.map((member) => member.stop())])
  }

  /** What a process committed and did not live to announce is announced on its behalf. */
  async #inherit(): Promise<void> {
    await this.collect()
    const { unrecorded, owed } = unannounced(
      this.history,
      await this.#database.call('commits'),
      await this.#database.call('reservations'),
    )
    this.history.push(...unrecorded)
    if (owed.length === 0) return
    const names = owed.map(rowOf).join(', ')
    const relayed = this.members.some(({ role }) => role === 'relay')
    expect(relayed, `no relay announced ${names}`).to.equal(false)
    const crashed = this.history.some(({ type }) => type === 'crash')
    expect(crashed, `nobody crashed, and nobody announced ${names}`).to.equal(true)
    await eventually(() => this.members[0]?.remote.call('announce', owed), { withinMs: patientMs })
  }

  async #admit(role: Role, connection: Connection, mutant: Mutant | undefined): Promise<Member> {
    this.#added += 1
    const name = `${role}-${this.#added}`
    const onEvent = (event: MemberEvent) => this.#hear(event)
    const member = new Member({ name, role, connection, run: this.#run, mutant, onEvent })
    this.members.push(member)
    await member.start()
    if (hasCache(role)) await becomesLive(member)
    return member
  }

  #note(keys: readonly Key[], held: readonly (number | undefined)[], where: { readonly process?: string }): void {
    for (const [n, key] of keys.entries()) {
      const version = held[n]
      if (version !== undefined) this.record({ type: 'held', ...where, ...key, version, at: machineNow() })
    }
  }

  /** The highest position that was acknowledged. */
  #newest(): string {
    return this.history.reduce((newest, record) => {
      const position = record.type === 'write' ? record.position : undefined
      return position === undefined ? newest : later(newest, position)
    }, this.#relayedUpTo)
  }

  #hear(event: MemberEvent): void {
    if (event.type === 'records') {
      for (const record of event.records) this.history.push(record)
      return
    }
    if (!this.#sendsOn) return
    // As a user does who is sent on with a cookie.
    const { nodes } = this
    const other = nodes[Math.floor(Math.random() * nodes.length)]
    other?.remote.call('read', event.keys, { after: event.token }).catch(() => {})
  }
}

export async function becomesLive({ remote }: Member): Promise<void> {
  await remote.call('start')
  await eventually(async () => expect((await remote.call('status')).live, 'live').to.equal(true), {
    withinMs: patientMs,
  })
}

function later(position: string, other: string): string {
  return isAtLeast(position, other) ? position : other
}

function isAtLeast(position: string, other: string): boolean {
  const [one, two] = [parsePosition(position), parsePosition(other)]
  return one !== undefined && two !== undefined && comparePositions(one, two) >= 0
}

async function passes(time: number): Promise<void> {
  await eventually(() => expect(machineNow(), 'the time').to.be.above(time), { withinMs: patientMs })
}
