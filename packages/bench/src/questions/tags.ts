import { type Cache, createCache } from '@rescind/client'
import { type RedisServer, startRedis } from '@rescind/testbed'
import { compare, type Line } from '../line.ts'
import { type Cost, costOf } from '../tags/cost.ts'
import { timeInTurn } from '../tags/hits.ts'
import { KeySetTags } from '../tags/key-set.ts'
import { type TaggingPeer, taggingPeers } from '../tags/tagging-peer.ts'
import type { Question } from './question.ts'

export interface TagsScale {
  /** Keys that carry a tag, for ours and for the peer. */
  readonly sizes: readonly number[]
  /** Keys of a tag that only ours is asked to invalidate; compared with a tag of the first size. */
  readonly largest: number
  readonly rounds: number
  /** L1 hits of one round. */
  readonly reads: number
  /** The same of the peers, one of which asks Redis for each. */
  readonly theirReads: number
}

const full: TagsScale = { sizes: [1, 1_000, 100_000], largest: 1_000_000, rounds: 15, reads: 50_000, theirReads: 2_000 }

export const tags: Question = {
  name: 'tags',
  about:
    'Invalidating a tag of 1 to 1,000,000 keys: from the call until it is acknowledged, and what it costs Redis; and a ' +
    'hit of L1 that carries three tags beside one without. Medians of 15 rounds.',
  redis: true,
  ask: () => askTags(full),
}

/** Ids that one call fills. */
const CHUNK = 1_000

export async function askTags({ sizes, largest, rounds, reads, theirReads }: TagsScale): Promise<Line[]> {
  await using redis = await startRedis()
  const mine = await measureOurs(redis, { sizes: [...sizes, largest], rounds, reads })
  // Each without the others, and without us, who have something to do in Redis from time to time.
  const theirs = new Map<string, Theirs>([['key set', await measureKeySet(redis, sizes, rounds)]])
  for (const [name, open] of Object.entries(taggingPeers)) {
    theirs.set(name, await measureTheirs(redis, open, { sizes, rounds, reads: theirReads }))
  }
  return [
    ...sizes.flatMap((size, index) =>
      [...theirs].flatMap(([peer, { costs }]) => answer(`${size}`, mine.costs[index], peer, costs[index])),
    ),
    ...answer(`${largest}`, mine.costs.at(-1), `of ${sizes[0]} key`, mine.costs[0]),
    compareHits(mine.hitNs, 'without tags', mine.plainHitNs),
    ...[...theirs].flatMap(([peer, { hitNs }]) => (hitNs === undefined ? [] : compareHits(mine.hitNs, peer, hitNs))),
  ]
}

interface Theirs {
  readonly costs: readonly Cost[]
  /** Of what has values in memory. */
  readonly hitNs?: number
}

interface Ours {
  readonly costs: readonly Cost[]
  readonly hitNs: number
  readonly plainHitNs: number
}

type Scale = Pick<TagsScale, 'sizes' | 'rounds' | 'reads'>

async function measureOurs(redis: RedisServer, { sizes, rounds, reads }: Scale): Promise<Ours> {
  const cache = createCache({ name: 'bench', redis: redis.url, redisTimeout: '5s' })
  try {
    await cache.start()
    const costs: Cost[] = []
    for (const size of sizes) costs.push(await ours(cache, redis, size, rounds))
    return { costs, ...(await ourHits(cache, rounds, reads)) }
  } finally {
    await cache.close()
  }
}

async function measureKeySet(redis: RedisServer, sizes: readonly number[], rounds: number): Promise<Theirs> {
  const peer = new KeySetTags(redis.url)
  try {
    const costs: Cost[] = []
    for (const size of sizes) costs.push(await ofKeySet(peer, redis, size, rounds))
    return { costs }
  } finally {
    await peer.close()
  }
}

async function measureTheirs(
  redis: RedisServer,
  open: (redisUrl: string) => Promise<TaggingPeer>,
  { sizes, rounds, reads }: Scale,
): Promise<Theirs> {
  const peer = await open(redis.url)
  try {
    const costs: Cost[] = []
    for (const size of sizes) costs.push(await theirs(peer, redis, size, rounds))
    const hit = () => peer.read('42', threeTags, () => 42)
    const [hitNs = Number.NaN] = await timeInTurn([hit], rounds, reads)
    return { costs, hitNs }
  } finally {
    await peer.close()
  }
}

function answer(size: string, mine: Cost | undefined, peer: string, other: Cost | undefined): Line[] {
  const shared = { better: 'lower', peer } as const
  const [ours, theirs] = [mine ?? nothing, other ?? nothing]
  return [
    compare({ ...shared, name: `tags.invalidate.${size}`, unit: 'ms', ours: ours.ms, theirs: theirs.ms }),
    compare({ ...shared, name: `tags.work.${size}`, unit: 'µs', ours: ours.workUs, theirs: theirs.workUs }),
  ]
}

function compareHits(ours: number, peer: string, theirs: number): Line {
  return compare({ name: 'tags.hit', unit: 'ns', better: 'lower', ours, peer, theirs })
}

const nothing: Cost = { ms: Number.NaN, workUs: Number.NaN }

async function ours(cache: Cache, redis: RedisServer, size: number, rounds: number): Promise<Cost> {
  const tag = `of ${size}`
  const load = async (id: string) => Number(id)
  const loadMany = async (ids: readonly string[]) => new Map(ids.map((id) => [id, Number(id)]))
  const region = cache.region(`size${size}`, { load, loadMany, tags: () => [tag], maxEntries: 100_000 })
  for (let from = 0; from < size; from += CHUNK) {
    await region.getMany(Array.from({ length: Math.min(CHUNK, size - from) }, (_, n) => `${from + n}`))
  }
  const cost = await costOf({
    redis,
    rounds,
    worker: 'scripts',
    prepare: async () => undefined,
    invalidate: () => cache.invalidateTags([tag]),
  })
  if (region.peek(`${size - 1}`) !== undefined) throw new Error(`A value of the tag ${tag} is still served`)
  return cost
}

function ofKeySet(peer: KeySetTags, redis: RedisServer, size: number, rounds: number): Promise<Cost> {
  const tag = `${size}`
  // A large one takes its time, and the more of it there is, the less one round differs from the next.
  const times = Math.max(1, Math.min(rounds, Math.ceil((rounds * 10_000) / size)))
  return costOf({
    redis,
    rounds: times,
    worker: 'commands',
    prepare: () => peer.fill(tag, size),
    invalidate: () => peer.invalidate(tag),
  })
}

/** All values are loaded once; the mark is set again and again. */
async function theirs(peer: TaggingPeer, redis: RedisServer, size: number, rounds: number): Promise<Cost> {
  const tag = `of ${size}`
  for (let from = 0; from < size; from += CHUNK) {
    const chunk = Array.from({ length: Math.min(CHUNK, size - from) }, (_, n) => from + n)
    await Promise.all(chunk.map((n) => peer.read(`${tag} ${n}`, [tag], () => n)))
  }
  return await costOf({
    redis,
    rounds,
    worker: 'commands',
    prepare: async () => undefined,
    invalidate: () => peer.invalidate(tag),
  })
}

const threeTags = ['one', 'two', 'three']

async function ourHits(cache: Cache, rounds: number, reads: number): Promise<Omit<Ours, 'costs'>> {
  const load = async (id: string) => ({ id })
  const tagged = cache.region('tagged', { load, tags: () => threeTags })
  const plain = cache.region('plain', { load })
  const hits = [() => tagged.get('42'), () => plain.get('42')]
  const [hitNs = Number.NaN, plainHitNs = Number.NaN] = await timeInTurn(hits, rounds, reads)
  return { hitNs, plainHitNs }
}
