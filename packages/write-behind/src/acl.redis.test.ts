import { readFileSync } from 'node:fs'
import { eventually, type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { Desk } from './fixtures/desk.ts'
import { Source } from './fixtures/source.ts'

const GUIDES = ['security', 'write-behind'].map((name) => new URL(`../../../docs/guide/${name}.md`, import.meta.url))
const scripts = readFileSync(new URL('./queue-scripts.js', import.meta.url), 'utf8')

/** The words of the first command between the markers. */
function rulesIn(guide: URL): string[] {
  const [, command = ''] = /<!-- acl -->\n```sh\nredis-cli (.*?)\n```/s.exec(readFileSync(guide, 'utf8')) ?? []
  const words = command.replaceAll('\\\n', ' ').match(/'[^']*'|\S+/g) ?? []
  return words.map((word) => word.replaceAll("'", '')).slice(3)
}

describe('The access rules of the guide to write-behind', () => {
  const [cache = [], own = []] = GUIDES.map(rulesIn)
  let redis: RedisServer
  let desk: Desk

  before(async () => {
    redis = await startRedis()
    desk = new Desk(redis)
  })
  after(() => redis.stop())
  afterEach(() => desk.closing.all())

  it('are, with those of a process with a cache, all that it needs', async () => {
    desk.next()
    const rules = [...cache, ...own].map((rule) =>
      rule.startsWith('>') ? '>secret' : rule.replaceAll('shop', desk.name),
    )
    await redis.command('ACL', 'SETUSER', 'node', ...rules)
    const source = new Source()
    const target = { host: redis.host, port: redis.port, username: 'node', password: 'secret' }
    const { behind, events } = desk.hire(source, { redis: target, maxAttempts: 2, saveTimeout: 20 })
    source.fault = (writes) => (writes.some(({ id }) => id === 'bad') ? new Map([['bad', new Error()]]) : undefined)
    await Promise.all(['a', 'bad'].map((id) => behind.set(id, 1)))
    await behind.flush()
    const [letter] = await behind.deadLetters()
    await behind.discard([letter?.letter ?? ''])
    await eventually(async () => expect(await behind.backlog()).to.include({ pending: 0, dead: 0 }))
    expect(await behind.region.get('a')).to.equal(1)
    await behind.close()
    expect(events.filter(({ type }) => type === 'error')).to.deep.equal([])
    expect(await redis.command('ACL', 'LOG')).to.deep.equal([])
  })

  it('name each command that its scripts call, and no other one', () => {
    const called = [...scripts.matchAll(/redis\.p?call\('(\w+)'(?:, '(CREATE|DELCONSUMER|CONSUMERS)')?/g)]
    const needed = called.map(([, command = '', sub]) => `+${command}${sub ? `|${sub}` : ''}`.toLowerCase())
    // Beside the scripts: letters are read and discarded, and work is waited for.
    const all = new Set([...needed, '+xrange', '+xdel', '+xreadgroup'])
    expect(own.filter((rule) => !all.has(rule))).to.deep.equal([])
    expect([...all].filter((rule) => !cache.includes(rule) && !own.includes(rule))).to.deep.equal([])
    expect(own.filter((rule) => cache.includes(rule))).to.deep.equal([])
  })
})
