import { setTimeout as pause } from 'node:timers/promises'
import { formatPosition } from '@rescind/bus'
import type { CacheEvent } from '@rescind/client'
import { emit, serve } from '@rescind/testbed'
import { machineNow } from '../machine-clock.ts'
import { Changes } from './changes.ts'
import { TAGS } from './keys.ts'
import type { Loop, MemberMethods, MemberOptions } from './member.ts'
import { assertMutated } from './mutant.ts'
import { naiveSubject } from './naive-subject.ts'
import { Reads } from './reads.ts'
import { startRecorder } from './record.ts'
import { type Load, loaderOf, rescindPublisher, rescindSubject } from './rescind-subject.ts'
import type { Announcer, Subject } from './subject.ts'
import { type Hands, ownNumbers, WORKLOADS } from './workloads.ts'

const { record, send } = startRecorder()
const wallClock = Date.now.bind(Date)
const running: Promise<void>[] = []
let resting = false
let opened: { readonly announcer: Announcer; readonly subject: Subject | undefined; readonly hands: Hands } | undefined

function member() {
  if (!opened) throw new Error('open() comes first')
  return opened
}

function subject(): Subject {
  const { subject: found } = member()
  if (!found) throw new Error('This process has no cache')
  return found
}

function open(options: MemberOptions): void {
  assertMutated()
  const { role, process, databaseUrl } = options
  const cached = role === 'publisher' ? undefined : cacheOf(options)
  const announcer = cached ?? rescindPublisher(options)
  const changes = new Changes(process, announcer, databaseUrl, record, ({ keys }, { token }) => {
    if (token !== undefined) emit({ type: 'token', keys, token })
  })
  const reads = cached && new Reads(process, cached, record)
  opened = { announcer, subject: cached, hands: { changes, reads, below: ownNumbers() } }
}

function cacheOf(options: MemberOptions): Subject {
  const { role, process, databaseUrl } = options
  const load = noted(process, loaderOf(databaseUrl))
  return role === 'naive' ? naiveSubject(options, load) : rescindSubject(options, load, (event) => hear(process, event))
}

function noted(process: string, load: Load): Load {
  return async (key) => {
    const beganAt = machineNow()
    const item = await load(key)
    record({ type: 'load', process, ...key, beganAt, endedAt: machineNow(), version: item.version })
    return item
  }
}

function hear(process: string, event: CacheEvent): void {
  const at = machineNow()
  if (event.type === 'flushed') {
    record({ type: 'flush', process, reason: event.reason, position: formatPosition(event.position), at })
  } else if (isOfWrite(event)) {
    record({ type: 'applied', process, position: formatPosition(event.position), at })
  }
}

/** The bus tells itself which servers hold the values by tags of its own. */
function isOfWrite(event: CacheEvent): event is Extract<CacheEvent, { readonly type: 'invalidated' | 'tags-invalidated' | 'cleared' }> {
  if (event.type === 'tags-invalidated') return event.tags.some((tag) => TAGS.includes(tag))
  return event.type === 'invalidated' || event.type === 'cleared'
}

async function repeat({ workload, thinkMs }: Loop): Promise<void> {
  const step = WORKLOADS[workload]
  while (!resting) {
    await step(member().hands)
    // Not all at the same time.
    await pause(thinkMs * (0.5 + Math.random()))
  }
}

serve({
  open,
  start: () => subject().start(),
  work(loops) {
    resting = false
    for (const loop of loops) running.push(...Array.from({ length: loop.loops }, () => repeat(loop)))
  },
  async rest() {
    resting = true
    await Promise.all(running.splice(0))
  },
  read: (keys, bounds) => Promise.all(keys.map(async (key) => member().hands.reads?.get(key, bounds))),
  async change(change) {
    const { changes, reads } = member().hands
    const acknowledged = await changes.make(change)
    await Promise.all(change.keys.map((key) => reads?.get(key)))
    return acknowledged
  },
  async announce(versions) {
    if (!(await member().hands.changes.announce(versions))) throw new Error('It is not acknowledged')
  },
  held: (keys) =>
    Promise.all(
      keys.map(async (key) => {
        const l1 = subject().peek(key)
        return { ...key, l1: l1?.version, shared: (await subject().shared(key))?.version }
      }),
    ),
  settle: () => member().hands.changes.settle(),
  status: () => subject().status(),
  shiftClock(ms) {
    Date.now = () => wallClock() + ms
  },
  block(ms) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
  },
  send,
  async close() {
    await member().announcer.close()
  },
} satisfies MemberMethods)
