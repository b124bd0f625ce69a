import { machineNow } from '@rescind/testing'
import { KEYS, REGIONS, TAGS, tagsOf } from './keys.ts'
import type { Change } from './subject.ts'
import type { World } from './world.ts'

/** Again and again something changes, everybody hears of it, and then all processes ask for all of it at once. */
export async function herd(world: World, durationMs: number): Promise<void> {
  const endAt = machineNow() + durationMs
  const changes = allChanges()
  const [publisher] = world.members
  for (let n = 0; machineNow() < endAt; n += 1) {
    const change = changes[n % changes.length]
    if (!change) break
    await publisher?.remote.call('change', change)
    await world.heard()
    await Promise.all(
      world.nodes.map(({ remote }) =>
        Promise.all([remote.call('read', change.keys), remote.call('read', change.keys)]),
      ),
    )
  }
}

function allChanges(): Change[] {
  return [
    ...KEYS.slice(0, 4).map((key): Change => ({ keys: [key], how: 'keys' })),
    ...TAGS.map((tag): Change => ({ keys: KEYS.filter(({ key }) => tagsOf(key).includes(tag)), how: 'tag', tag })),
    ...REGIONS.map((region): Change => ({ keys: KEYS.filter((key) => key.region === region), how: 'region' })),
  ]
}
