// Measures, on a redis-server of its own, the figures of docs/guide/sizing.md: ./scripts/pnpm build && node scripts/measure-sizes.mjs
import { busNames, createPublisher } from '../packages/bus/dist/index.js'
import { RedisTransport } from '../packages/bus/dist/redis-transport.js'
import { startRedis } from '../packages/testbed/dist/index.js'

const redis = await startRedis()
const kept = { logLength: 2 ** 20, maxTags: 2 ** 20 }
const patient = { connectTimeoutMs: 2_000, commandTimeoutMs: 30_000, stallTimeoutMs: 30_000 }

/** A bus of its own, with a publisher and a session that listens. */
async function onBus(name, use) {
  const names = busNames(name)
  const publisher = createPublisher({ name, redis: redis.url, ...kept, publishTimeout: '60s', redisTimeout: '30s' })
  const transport = new RedisTransport(redis.url, { name, names, ...patient, ...kept, logAgeMs: 3_600_000 })
  const listen = () => transport.open({ onEntry: () => undefined, onClose: () => undefined })
  const session = await listen()
  await use({ names, publisher, session, listen })
  await session.close()
  await publisher.close()
}

const bytes = async (key) => Number(await redis.command('MEMORY', 'USAGE', key, 'SAMPLES', '0'))

async function info(section, field) {
  const text = String(await redis.command('INFO', section))
  return new RegExp(`${field}[:=]([^\r,]*)`).exec(text)?.[1] ?? ''
}

async function eachTurn(times, call) {
  const calls = []
  for (let n = 0; n < times; n += 1) {
    calls.push(call(n))
    // One message for each: calls of one turn share one.
    await new Promise(setImmediate)
  }
  await Promise.all(calls)
}

const id = (n) => `${10_000_000 + n}`

const sent = async () => Number(await info('stats', 'total_net_output_bytes'))

async function measureMessages(keys, times) {
  await onBus(`of-${keys}`, async ({ names, publisher, session, listen }) => {
    let next = 0
    const publish = async () => {
      const before = await sent()
      await eachTurn(times, () => {
        const ids = Array.from({ length: keys }, () => id(next++))
        return publisher.invalidate({ region: 'product', keys: ids })
      })
      return ((await sent()) - before) / times
    }
    await publisher.invalidate({ region: 'product', keys: ['first'] })
    const before = await bytes(names.log)
    const toOne = await publish()
    const entry = ((await bytes(names.log)) - before) / times
    const other = await listen()
    const broadcast = (await publish()) - toOne
    await other.close()
    const { position } = await session.members(0)
    if (position.seq !== 2 * times + 1) throw new Error(`Messages were merged: ${position.seq}`)
    console.log(`message of ${keys} key(s): ${entry.toFixed()} bytes in the log, ${broadcast.toFixed()} to each member`)
  })
}

await measureMessages(1, 50_000)
await measureMessages(100, 2_000)

await onBus('tags', async ({ names, publisher }) => {
  await publisher.invalidateTags(['first'])
  const before = await bytes(names.tags)
  const tags = Array.from({ length: 100_000 }, (_, n) => `brand:${id(n)}`)
  for (let n = 0; n < tags.length; n += 1_000) {
    await publisher.invalidateTags(tags.slice(n, n + 1_000))
  }
  const marker = ((await bytes(names.tags)) - before) / tags.length
  console.log(`marker of a tag of 14 characters: ${marker.toFixed()} bytes`)
})

for (const members of [1, 16, 100, 1_000]) {
  await onBus(`among-${members}`, async ({ names, session }) => {
    const applied = { epoch: 1_763_000_000_000, seq: 123_456 }
    const rest = { knownEpoch: 0, applied, boundMs: 0, watched: '', gone: [] }
    const beatEach = async (times) => {
      for (let n = 0; n < times; n += 1) {
        await session.beat({ ...rest, nodeId: `a-node-id-of-${id(n % members)}` })
      }
    }
    await beatEach(members)
    const meta = await bytes(names.meta)
    await redis.command('CONFIG', 'RESETSTAT')
    const times = 5_000
    await beatEach(times)
    const [to, back] = [await info('stats', 'total_net_input_bytes'), await info('stats', 'total_net_output_bytes')]
    const micros = await info('commandstats', 'cmdstat_evalsha:calls=\\d+,usec=\\d+,usec_per_call')
    const traffic = `${(to / times).toFixed()} bytes to Redis, ${(back / times).toFixed()} back`
    console.log(`beat among ${members}: ${traffic}, ${micros} µs of its time; meta takes ${meta} bytes`)
  })
}
await redis.stop()
