import { createPublisher, MemoryHub, type Publisher } from '@rescind/bus'
import { type CacheEvent, type CacheOptions, createCache } from '@rescind/client'
import { checkInteger, checkOptions } from '@rescind/options'
import type { HistoryRecord } from './history.ts'
import { HubLink } from './hub-link.ts'
import { machineNow } from './machine-clock.ts'
import { Recorder, type RecorderOptions } from './recorder.ts'
import { TestNode } from './test-node.ts'

export interface TestClusterOptions
  extends Pick<CacheOptions, 'maxStaleness' | 'heartbeat' | 'strict' | 'connectTimeout' | 'publishTimeout'>,
    Pick<RecorderOptions, 'versionOf' | 'maxRecords'> {
  /** How many caches, named `n1`, `n2`, and so on. Default 2. */
  readonly nodes?: number
  /** The bus that they share. Default `'test'`. */
  readonly name?: string
  /** Hears what happens in the background of any node. */
  readonly onEvent?: (event: CacheEvent, node: string) => void
}

/** Several caches in one process that hear each other as if each were in one of its own, without Redis. */
export interface TestCluster extends AsyncDisposable {
  readonly nodes: readonly TestNode[]
  /** All that was recorded, of all nodes, for `checkHistory`. */
  readonly records: readonly HistoryRecord[]
  /** One more node, not started. */
  add(): TestNode
  /** A write service: closed with the cluster. */
  publisher(): Publisher
  /** Connects all nodes. True if all are live. */
  start(): Promise<boolean>
  /** The log is lost, as with a Redis that restarts empty: all nodes connect anew, and drop everything. */
  restart(): void
  close(): Promise<void>
}

const OPTIONS: readonly (keyof TestClusterOptions)[] = [
  'nodes',
  'name',
  'maxStaleness',
  'heartbeat',
  'strict',
  'connectTimeout',
  'publishTimeout',
  'versionOf',
  'maxRecords',
  'onEvent',
]

/**
 * Caches in memory, each with an L1 of its own and without an L2. Goes by the timers and the clock of the process, so
 * that with fake ones, of which `performance` and `hrtime` are part, nothing happens by chance but the pauses between
 * tries to connect, of up to a second.
 *
 * @throws {InvalidArgumentError}
 */
export function createTestCluster(options: TestClusterOptions = {}): TestCluster {
  checkOptions('options', options, OPTIONS)
  const { nodes: count = 2, name = 'test', onEvent, versionOf, maxRecords, ...shared } = options
  checkInteger('nodes', count, 0, 1000)
  const recording = { ...(versionOf && { versionOf }), ...(maxRecords !== undefined && { maxRecords }) }
  const nodes: TestNode[] = []
  const links: HubLink[] = []
  const publishers: Publisher[] = []
  const restarts: HistoryRecord[] = []
  let hub = new MemoryHub()
  let closing: Promise<void> | undefined

  function link(): HubLink {
    const made = new HubLink(hub)
    links.push(made)
    return made
  }

  function add(): TestNode {
    const recorder = new Recorder({ ...recording, process: `n${nodes.length + 1}` })
    const own = link()
    const hear = (event: CacheEvent) => {
      recorder.onEvent(event)
      onEvent?.(event, recorder.process)
    }
    const node = new TestNode(recorder, createCache({ ...shared, name, hub: own, onEvent: hear }), own)
    nodes.push(node)
    return node
  }

  function publisher(): Publisher {
    const { publishTimeout } = shared
    const made = createPublisher({ name, hub: link(), ...(publishTimeout !== undefined && { publishTimeout }) })
    publishers.push(made)
    return made
  }

  function restart(): void {
    const at = machineNow()
    hub = new MemoryHub()
    for (const each of links) {
      each.move(hub)
    }
    restarts.push({ type: 'fault', what: 'the log was lost', from: at, until: machineNow() })
  }

  async function end(): Promise<void> {
    await Promise.all([...nodes.map(({ cache }) => cache), ...publishers].map((each) => each.close()))
  }

  function close(): Promise<void> {
    closing ??= end()
    return closing
  }

  for (let started = 0; started < count; started += 1) {
    add()
  }
  return {
    nodes,
    get records() {
      return [...nodes.flatMap(({ records }) => records), ...restarts]
    },
    add,
    publisher,
    start: async () => (await Promise.all(nodes.map(({ cache }) => cache.start()))).every((live) => live),
    restart,
    close,
    [Symbol.asyncDispose]: close,
  }
}
