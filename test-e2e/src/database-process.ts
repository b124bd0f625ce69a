import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { serve } from '@rescind/testbed'
import { machineNow } from '@rescind/testing'
import type { Commit, DatabaseMethods, OutboxMessage, Reservation } from './database.ts'
import { Gate } from './gate.ts'
import { OutboxRows } from './outbox-rows.ts'

const versions = new Map<string, number>()
const commits: Commit[] = []
const reservations: Reservation[] = []
const outbox = new OutboxRows()
const sequences = new Map<string, number>()
const loads = new Map<string, number>()
const gates = new Map<string, Gate>()
const answers = new Map<string, Gate>()
const lags = new Map<string, number>()
const frozen = new Map<string, number>()
let delayMs = 0

function versionOf(id: string): number {
  return versions.get(id) ?? 1
}

/** What a load of it sees now: the primary, or a replica. */
function seenOf(id: string): number {
  const lagMs = lags.get(id.split('/')[0] ?? '')
  const at = machineNow() - Math.random() * (lagMs ?? 0)
  const lagging = () => commits.findLast((commit) => commit.id === id && commit.committedAt <= at)?.version ?? 1
  return frozen.get(id) ?? (lagMs === undefined ? versionOf(id) : lagging())
}

async function load(id: string): Promise<string> {
  loads.set(id, (loads.get(id) ?? 0) + 1)
  // What a load returns is what it saw when it began: the worst that a real database does.
  const version = seenOf(id)
  if (delayMs > 0) await pause(delayMs)
  await gates.get(id)?.pass()
  return `${version}`
}

function write(body: string): Promise<string> {
  const ids = body.split('\n')
  commit(ids)
  return answerOf(ids)
}

function writeNoted(body: string): Promise<string> {
  const { ids, message }: { ids: string[]; message: OutboxMessage } = JSON.parse(body)
  outbox.add(message, commit(ids))
  return answerOf(ids)
}

function commit(ids: readonly string[]): Commit[] {
  const made = ids.map((id) => {
    versions.set(id, versionOf(id) + 1)
    return { id, version: versionOf(id), committedAt: machineNow() }
  })
  commits.push(...made)
  return made
}

async function answerOf(ids: readonly string[]): Promise<string> {
  const written = ids.map(versionOf).join(' ')
  for (const id of ids) {
    const answer = answers.get(id)
    if (answer && !answer.taken) await answer.pass()
  }
  return written
}

function reserve(body: string): string {
  const [id = '', process = ''] = body.split(' ')
  const newest = reservations.findLast((reserved) => reserved.id === id)?.version ?? 1
  const version = Math.max(newest, versionOf(id)) + 1
  reservations.push({ id, version, process, committedAt: machineNow() })
  return `${version}`
}

function save(body: string): string {
  for (const line of body.split('\n')) {
    const [id = '', version, sequence] = line.split(' ')
    if (Number(sequence) <= (sequences.get(id) ?? 0)) continue
    sequences.set(id, Number(sequence))
    versions.set(id, Number(version))
    commits.push({ id, version: Number(version), committedAt: machineNow() })
  }
  return ''
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url = '/' } = request
  response.end(await (method === 'GET' ? load(decodeURIComponent(url.slice(1))) : take(url, await text(request))))
}

function take(url: string, body: string): Promise<string> | string {
  if (url === '/reservations') return reserve(body)
  if (url === '/outbox') return writeNoted(body)
  return url === '/saves' ? save(body) : write(body)
}

const server = createServer((request, response) => void answer(request, response))
server.on('upgrade', (_request, connection) => {
  connection.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: outbox\r\n\r\n')
  outbox.serve(connection)
})
// A process that was paused may find its connection idle for long, but never closed.
server.keepAliveTimeout = 0

serve({
  async listen() {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The database has no port')
    return `http://127.0.0.1:${address.port}`
  },
  delay(ms) {
    delayMs = ms
  },
  hold(id) {
    gates.set(id, new Gate())
  },
  async loading(id) {
    await gates.get(id)?.arrived
  },
  release(id) {
    gates.get(id)?.open()
    gates.delete(id)
  },
  holdAnswer(id) {
    answers.set(id, new Gate())
  },
  async committing(id) {
    await answers.get(id)?.arrived
  },
  releaseAnswer(id) {
    answers.get(id)?.open()
    answers.delete(id)
  },
  lag(region, ms) {
    lags.set(region, ms)
  },
  freeze(id) {
    frozen.set(id, versionOf(id))
  },
  thaw(id) {
    frozen.delete(id)
  },
  loads: (ids) => ids.map((id) => loads.get(id) ?? 0),
  commits: () => commits,
  reservations: () => reservations,
  outbox: () => ({ left: outbox.left, free: outbox.free }),
  deliveries: () => outbox.deliveries,
  versions: (ids) => ids.map(versionOf),
} satisfies DatabaseMethods)
