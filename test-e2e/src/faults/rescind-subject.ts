import { type BusOptions, createPublisher, formatPosition, type PublishOptions, type Receipt } from '@rescind/bus'
import { type CacheEvent, createCache } from '@rescind/client'
import { createWriteBehind } from '@rescind/write-behind'
import { type Item, loadItem, saveItems } from '../database.ts'
import { BEHIND_REGION, type Committed, type Key, REGIONS, rowOf, tagsOf, VERSIONED_REGION } from './keys.ts'
import type { MemberOptions } from './member.ts'
import { targetOf } from './redis-clients.ts'
import type { Announced, Announcer, Change, Subject } from './subject.ts'

/** How the loader of a subject reads a value. */
export type Load = (key: Key) => Promise<Item>

/** What a subject is a cache of. */
export interface Source {
  readonly load: Load
  /** Saves a draft that the subject was given; resolves to the row as it is then. */
  readonly save: (draft: Item) => Promise<Item>
}

export function rescindSubject(
  options: MemberOptions,
  { load, save }: Source,
  onEvent: (event: CacheEvent) => void,
): Subject {
  const { maxStalenessMs, leaseTtlMs, patient, name, way, databaseUrl } = options
  const cache = createCache({ ...connectionOf(options), heartbeat: maxStalenessMs / 4, onEvent })
  const through = new Map(
    [...REGIONS, VERSIONED_REGION].map((region) => [
      region,
      cache.region<Item>(region, {
        load: (key) => load({ region, key }),
        save: (_key, draft) => save(draft),
        tags: (_item, key) => tagsOf(key),
        leaseTtl: leaseTtlMs,
        ...(region === VERSIONED_REGION && { version: ({ version }) => version }),
        ...(patient && { leaseWait: leaseTtlMs }),
      }),
    ]),
  )
  const behind = createWriteBehind<Item>(cache, BEHIND_REGION, {
    name,
    redis: targetOf(way),
    load: (key) => load({ region: BEHIND_REGION, key }),
    leaseTtl: leaseTtlMs,
    save: (writes) => saveItems(databaseUrl, writes),
    // Others save for a process that is dead or stopped while the run lasts.
    saveTimeout: maxStalenessMs,
    onEvent: () => {},
  })
  const regions = new Map([...through, [BEHIND_REGION, behind.region]])
  const regionOf = (region: string) => found(regions, region)

  return {
    start: () => cache.start(),
    get: ({ region, key }, more) => regionOf(region).get(key, more),
    getMany: (region, keys) => regionOf(region).getMany(keys),
    async set({ region, key }, draft, update) {
      return toldBy(await found(through, region).set(key, draft, { broadcast: update ? 'update' : 'invalidate' }))
    },
    peek: ({ region, key }) => regionOf(region).peek(key),
    async shared({ region, key }) {
      const { l2, l2Asked } = await regionOf(region).inspect(key)
      if (!l2Asked) throw new Error('L2 cannot be asked')
      return l2?.state === 'current' || l2?.state === 'stale' ? l2.value : undefined
    },
    announce: (change, versions) =>
      announced(change, versions, {
        bump: ({ region, key, version }) => regionOf(region).bump(key, version),
        invalidate: (region, keys, more) => regionOf(region).invalidate(keys, more),
        invalidateTags: (tags, more) => cache.invalidateTags(tags, more),
        clear: (region, more) => regionOf(region).clear(more),
        clearAll: (more) => cache.clear(more),
      }),
    get queued() {
      return cache.stats().queued
    },
    status() {
      const { status, position } = cache.stats()
      return { live: status === 'live', position }
    },
    behind: {
      set: ({ key }, item) => behind.set(key, item),
      flush: () => behind.flush({ timeout: '5s' }),
    },
    async close() {
      await behind.close()
      await cache.close()
    },
  }
}

function found<T>(regions: ReadonlyMap<string, T>, name: string): T {
  const region = regions.get(name)
  if (!region) throw new Error(`There is no region ${name}`)
  return region
}

/** A process that only writes. */
export function rescindPublisher(options: MemberOptions): Announcer {
  const publisher = createPublisher({ ...connectionOf(options), onError: () => {} })
  let queued = 0
  return {
    async announce(change, versions) {
      queued += 1
      try {
        return await announced(change, versions, {
          bump: ({ region, key, version }) => publisher.bump({ region, versions: new Map([[key, version]]) }),
          invalidate: (region, keys, more) => publisher.invalidate({ region, keys }, more),
          invalidateTags: (tags, more) => publisher.invalidateTags(tags, more),
          clear: (region, more) => publisher.clear([region], more),
          clearAll: (more) => publisher.clearAll(more),
        })
      } finally {
        queued -= 1
      }
    },
    get queued() {
      return queued
    },
    close: () => publisher.close(),
  }
}

interface Calls {
  invalidate(region: string, keys: readonly string[], options: PublishOptions): Promise<Receipt>
  invalidateTags(tags: readonly string[], options: PublishOptions): Promise<Receipt>
  clear(region: string, options: PublishOptions): Promise<Receipt>
  clearAll(options: PublishOptions): Promise<Receipt>
  bump(committed: Committed): Promise<Receipt>
}

async function announced(change: Change, versions: readonly Committed[], calls: Calls): Promise<Announced> {
  return toldBy(await told(change, versions, calls))
}

export function toldBy({ token, position }: Receipt): Announced {
  return { token, position: formatPosition(position) }
}

function told(
  { keys, how, tag = '', confirm = false }: Change,
  versions: readonly Committed[],
  calls: Calls,
): Promise<Receipt> {
  const [first] = keys
  const options = confirm ? { confirm } : {}
  switch (how) {
    case 'keys': {
      const names = keys.map(({ key }) => key)
      return calls.invalidate(first?.region ?? '', names, options)
    }
    case 'tag':
      return calls.invalidateTags([tag], options)
    case 'region':
      return calls.clear(first?.region ?? '', options)
    case 'all':
      return calls.clearAll(options)
    case 'bump': {
      const [committed] = versions
      if (!committed || versions.length > 1) throw new Error('One version is told at a time')
      return calls.bump(committed)
    }
  }
}

export function connectionOf({ name, way, maxStalenessMs, strict, patient }: MemberOptions): BusOptions {
  const valueServers = way.kind === 'single' ? way.valueServers : undefined
  return {
    name,
    redis: targetOf(way),
    maxStaleness: maxStalenessMs,
    strict,
    publishTimeout: patient ? '20s' : '1s',
    ...(patient && { redisTimeout: '20s' }),
    ...(valueServers && { valueServers }),
  }
}

/** The loader of a member: asks the database. */
export function loaderOf(databaseUrl: string): Load {
  return (key) => loadItem(databaseUrl, rowOf(key))
}
