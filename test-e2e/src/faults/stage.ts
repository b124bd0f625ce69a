import { eventually, type RedisServer } from '@rescind/testbed'
import { machineNow } from '@rescind/testing'
import { expect } from 'chai'
import { writeItems } from '../database.ts'
import { invalidateUnheard } from './hidden-write.ts'
import { type Key, rowOf } from './keys.ts'
import type { Role } from './member.ts'
import type { Member } from './member-handle.ts'
import type { World } from './world.ts'

/** What the play of a control is made of. */
export class Stage {
  readonly world: World
  readonly redis: RedisServer
  /** Of whoever has a cache. */
  readonly #role: Role

  constructor(world: World, redis: RedisServer, role: Role) {
    this.world = world
    this.redis = redis
    this.#role = role
  }

  /** One more process with a cache, that hears everything. */
  node(): Promise<Member> {
    return this.world.add(this.#role)
  }

  /** A process that writes. */
  writer(): Promise<Member> {
    return this.world.add(this.#role === 'naive' ? 'naive' : 'publisher')
  }

  relay(): Promise<Member> {
    return this.world.add('relay')
  }

  async read({ remote }: Member, ...keys: readonly Key[]): Promise<void> {
    await remote.call('read', keys)
  }

  /** Commits a version of each and says so, and waits for the acknowledgement. */
  async change({ remote }: Member, ...keys: readonly Key[]): Promise<void> {
    expect(await remote.call('change', { keys, how: 'keys' }), 'acknowledged').to.equal(true)
  }

  /** As `change`, told with its version. */
  async bump({ remote }: Member, key: Key): Promise<void> {
    expect(await remote.call('change', { keys: [key], how: 'bump' }), 'acknowledged').to.equal(true)
  }

  /** Writes a version through the cache of the process, and waits for the acknowledgement. */
  async set({ remote }: Member, key: Key): Promise<void> {
    expect(await remote.call('set', key), 'acknowledged').to.equal(true)
  }

  /** As `change`, and waits until every node has heard of it, or has stopped serving. */
  async changeConfirmed({ remote }: Member, key: Key): Promise<void> {
    const change = { keys: [key], how: 'keys', confirm: true } as const
    expect(await remote.call('change', change), 'confirmed').to.equal(true)
  }

  /** Commits a version and a row of the outbox; the process is killed before it learns of that. */
  async noteAndDie(member: Member, key: Key): Promise<void> {
    const { database } = this.world
    await database.call('holdAnswer', rowOf(key))
    const noting = member.remote.call('note', { keys: [key], how: 'keys' }).catch(() => {})
    await database.call('committing', rowOf(key))
    await member.kill()
    await noting
    await database.call('releaseAnswer', rowOf(key))
  }

  /** Resolves once no row stands in the outbox that nobody has taken. */
  async outboxTaken(): Promise<void> {
    const free = async () => (await this.world.database.call('outbox')).free
    await eventually(async () => expect(await free(), 'rows that nobody has taken').to.equal(0))
  }

  /** Commits a version, and appends a message to the log that nobody hears. */
  async changeUnheard(key: Key): Promise<void> {
    const invokedAt = machineNow()
    const [version = 0] = await writeItems(this.world.databaseUrl, [rowOf(key)])
    const committedAt = machineNow()
    await invalidateUnheard(this.redis, key.region, key.key)
    const ackedAt = machineNow()
    const how = 'invalidate'
    this.world.record({ type: 'write', process: 'unheard', ...key, version, invokedAt, committedAt, ackedAt, how })
  }

  /** Loads of the key are held from now on; it resolves once one has begun. */
  async loading(key: Key): Promise<void> {
    await this.world.database.call('loading', rowOf(key))
  }

  async holdLoads(key: Key): Promise<void> {
    await this.world.database.call('hold', rowOf(key))
  }

  async releaseLoads(key: Key): Promise<void> {
    await this.world.database.call('release', rowOf(key))
  }

  /** What was acknowledged before this is beyond the bound after it. */
  async boundPasses(): Promise<void> {
    const end = machineNow() + this.world.boundMs
    await eventually(() => expect(machineNow(), 'the time').to.be.above(end), { withinMs: 60_000 })
  }

  /** Nothing passes, and no connection can be made. */
  isolate({ links }: Member): void {
    for (const link of links) {
      link.refuse()
      link.cut()
    }
  }

  heal({ links }: Member): void {
    for (const link of links) link.heal()
  }

  /** The server comes back as it was when it was asked to save, or empty if it was not. */
  async restart(): Promise<void> {
    const from = machineNow()
    await this.redis.kill()
    await this.redis.restart()
    this.world.record({ type: 'fault', what: 'server restarted', from, until: machineNow() })
  }
}
