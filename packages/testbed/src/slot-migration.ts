import type { RedisServer } from './redis-server.ts'

/** A slot on its way from one shard of a cluster to another, step by step as `redis-cli --cluster reshard` takes them. */
export interface SlotMigration {
  readonly slot: number
  /** Tells both shards; the keys stay where they are. */
  begin(): Promise<void>
  /** Takes these keys to the target, or else all that the source has; how many there were. */
  moveKeys(...keys: string[]): Promise<number>
  /** Tells every shard who serves the slot now. */
  end(): Promise<void>
}

const atOnce = 100

/** @param shards all primaries of the cluster. */
export function slotMigration(
  slot: number,
  source: RedisServer,
  target: RedisServer,
  shards: readonly RedisServer[],
): SlotMigration {
  const set = (server: RedisServer, ...change: string[]) => server.command('CLUSTER', 'SETSLOT', `${slot}`, ...change)
  const idOf = async (server: RedisServer) => String(await server.command('CLUSTER', 'MYID'))
  const move = (keys: readonly string[]) =>
    source.command('MIGRATE', target.host, `${target.port}`, '', '0', '5000', 'KEYS', ...keys)

  async function moveAll(): Promise<number> {
    for (let moved = 0; ; ) {
      const keys = await source.command('CLUSTER', 'GETKEYSINSLOT', `${slot}`, `${atOnce}`)
      if (!Array.isArray(keys) || keys.length === 0) return moved
      await move(keys)
      moved += keys.length
    }
  }

  return {
    slot,
    async begin() {
      await set(target, 'IMPORTING', await idOf(source))
      await set(source, 'MIGRATING', await idOf(target))
    },
    async moveKeys(...keys) {
      if (keys.length === 0) return moveAll()
      await move(keys)
      return keys.length
    },
    async end() {
      const id = await idOf(target)
      const others = shards.filter((shard) => shard !== target && shard !== source)
      // The target first: between the two the source would name a shard that does not know of it.
      for (const server of [target, source, ...others]) await set(server, 'NODE', id)
    },
  }
}
