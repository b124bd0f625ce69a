import { setTimeout as pause } from 'node:timers/promises'
import type { CacheEvent } from '@rescind/client'
import { emit, serve } from '@rescind/testbed'
import { Recorder } from '@rescind/testing'
import { Changes } from './changes.ts'
import { type Key, TAGS } from './keys.ts'
import { hasCache, type Loop, type MemberEvent, type MemberMethods, type MemberOptions } from './member.ts'
import { assertMutated } from './mutant.ts'
import { naiveSubject } from './naive-subject.ts'
import { Reads } from './reads.ts'
import { rescindRelay } from './rescind-relay.ts'
import { loaderOf, rescindPublisher, rescindSubject, type Source } from './rescind-subject.ts'
import type { Announced, Announcer, Subject } from './subject.ts'
import { type Hands, ownNumbers, WORKLOADS } from './workloads.ts'
import { WritesBehind } from './writes-behind.ts'

const sendEveryMs = 100
const wallClock = Date.now.bind(Date)
const running: Promise<void>[] = []
let resting = false
let opened: Opened | undefined

interface Opened {
  readonly announcer: Announcer
  readonly subject: Subject | undefined
  readonly hands: Hands
  /** Sends what was recorded and has not been sent. */
  readonly send: () => void
}

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
  const recorder = new Recorder({ process })
  const ask = loaderOf(databaseUrl)
  const source: Source = {
    load: (key) => recorder.load(key, () => ask(key)),
    save: (draft) => changes.save(draft),
  }
  const cached = hasCache(role) ? cacheOf(options, recorder, source) : undefined
  const announcer = cached ?? (role === 'relay' ? rescindRelay(options, sendOn) : rescindPublisher(options))
  const changes: Changes = new Changes({
    announcer,
    cached,
    databaseUrl,
    recorder,
    onAnnounced({ keys, how }, announced) {
      // A process that cannot ask Redis for the version of a key believes a replica that lags, token or not.
      if (how !== 'bump') sendOn(keys, announced)
    },
  })
  const behind =
    cached?.behind &&
    new WritesBehind({
      behind: cached.behind,
      databaseUrl,
      recorder,
      onAcknowledged: (key, announced) => sendOn([key], announced),
    })
  const send = sender(recorder)
  setInterval(send, sendEveryMs).unref()
  const reads = cached && new Reads(cached, recorder)
  opened = { announcer, subject: cached, hands: { changes, behind, reads, below: ownNumbers() }, send }
}

function sender(recorder: Recorder): () => void {
  let sent = 0
  return () => {
    const records = recorder.records.slice(sent)
    sent += records.length
    if (records.length > 0) tell({ type: 'records', records })
  }
}

function sendOn(keys: readonly Key[], { token }: Announced): void {
  if (token !== undefined) tell({ type: 'token', keys, token })
}

function tell(event: MemberEvent): void {
  emit(event)
}

function cacheOf(options: MemberOptions, recorder: Recorder, source: Source): Subject {
  if (options.role === 'naive') return naiveSubject(options, source.load)
  return rescindSubject(options, source, (event) => {
    if (!isInternal(event)) recorder.onEvent(event)
  })
}

/** The bus tells itself which servers hold the values, by tags of its own. */
function isInternal(event: CacheEvent): boolean {
  return event.type === 'tags-invalidated' && !event.tags.some((tag) => TAGS.includes(tag))
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
  async read(keys, bounds) {
    await Promise.all(keys.map((key) => member().hands.reads?.get(key, bounds)))
  },
  async change(change) {
    const { changes, reads } = member().hands
    const acknowledged = await changes.make(change)
    await Promise.all(change.keys.map((key) => reads?.get(key)))
    return acknowledged
  },
  note: (change) => member().hands.changes.note(change),
  async set(key) {
    const { changes, reads } = member().hands
    const acknowledged = await changes.set(key, false)
    await reads?.get(key)
    return acknowledged
  },
  async announce(versions) {
    if (!(await member().hands.changes.announce(versions))) throw new Error('It is not acknowledged')
  },
  held: (keys) => keys.map((key) => subject().peek(key)?.version),
  shared: (keys) => Promise.all(keys.map(async (key) => (await subject().shared(key))?.version)),
  async settle() {
    const { changes, behind } = member().hands
    return (await changes.settle()) + ((await behind?.settle()) ?? 0)
  },
  status: () => subject().status(),
  shiftClock(ms) {
    Date.now = () => wallClock() + ms
  },
  block(ms) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
  },
  send: () => member().send(),
  async close() {
    await member().announcer.close()
  },
} satisfies MemberMethods)
