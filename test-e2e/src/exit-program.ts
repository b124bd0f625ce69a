import { createPublisher } from '@rescind/bus'
import { createCache } from '@rescind/client'

/*
 * Uses the library as its first argument says, with the Redis of its second, and does nothing to exit. Where it starts
 * anything, it prints `started` and goes on when its input has ended.
 */

const [use, redis = ''] = process.argv.slice(2)

async function told(): Promise<void> {
  console.log('started')
  process.stdin.resume()
  await new Promise((resolve) => process.stdin.once('close', resolve))
}

async function closeCache(): Promise<void> {
  const cache = createCache({ name: 'e2e', redis })
  const region = cache.region('item', { load: () => 1 })
  await region.get('a')
  await told()
  await region.get('b')
  await cache.close()
}

async function closePublisher(): Promise<void> {
  const publisher = createPublisher({ name: 'e2e', redis })
  const published = publisher.invalidate({ region: 'item', keys: ['a'] }).catch(() => {})
  await told()
  await publisher.close()
  await published
}

function useNothing(): void {
  createPublisher({ name: 'e2e', redis })
  const cache = createCache({ name: 'e2e', redis })
  const region = cache.region('item', { load: () => 1 })
  console.log(`holds ${region.peek('a')}, status ${cache.stats().status}`)
}

if (use === 'cache') await closeCache()
else if (use === 'publisher') await closePublisher()
else useNothing()
