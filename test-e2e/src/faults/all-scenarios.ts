import { failingCluster, movingCluster } from './cluster-topology.ts'
import type { Fault } from './fault.ts'
import { herd } from './herd.ts'
import { BEHIND, KEYS, VERSIONED } from './keys.ts'
import type { Loop, Role } from './member.ts'
import { NEXT_WIRE_VERSION, RELAY_KILLED } from './process-faults.ts'
import type { Scenario } from './scenario.ts'
import { sentinelTopology } from './sentinel-topology.ts'
import { singleTopology } from './single-topology.ts'
import { valueServersTopology } from './value-servers-topology.ts'

const boundMs = 500

const usual = {
  start: singleTopology,
  nodes: 3,
  publishers: 1,
  maxStalenessMs: boundMs,
  loopsOf: (role: Role) => (role === 'publisher' ? WRITING : READING),
  combined: false,
} as const

const WRITING: readonly Loop[] = [{ workload: 'write', loops: 1, thinkMs: 80 }]
const READING: readonly Loop[] = [
  { workload: 'read', loops: 1, thinkMs: 15 },
  { workload: 'read strictly', loops: 1, thinkMs: 100 },
  { workload: 'write', loops: 1, thinkMs: 400 },
]
/** The same load in all from three times as many. */
const MANY: readonly Loop[] = [
  { workload: 'read', loops: 1, thinkMs: 45 },
  { workload: 'write', loops: 1, thinkMs: 1_500 },
  { workload: 'write through', loops: 1, thinkMs: 1_000 },
]
const THROUGH: readonly Loop[] = [...READING, { workload: 'write through', loops: 2, thinkMs: 60 }]
const BUMPING: readonly Loop[] = [
  ...READING,
  { workload: 'read versions', loops: 1, thinkMs: 15 },
  { workload: 'bump', loops: 1, thinkMs: 150 },
]
const SAVED_LATER: readonly Loop[] = [
  { workload: 'read behind', loops: 1, thinkMs: 15 },
  { workload: 'write behind', loops: 1, thinkMs: 30 },
]
const NOTING: readonly Loop[] = [{ workload: 'write and note', loops: 1, thinkMs: 60 }]
const READING_NOTED: readonly Loop[] = [
  { workload: 'read', loops: 1, thinkMs: 15 },
  { workload: 'read strictly', loops: 1, thinkMs: 100 },
  { workload: 'write and note', loops: 1, thinkMs: 300 },
]
const CONFIRMING: readonly Loop[] = [...READING, { workload: 'write with confirm', loops: 1, thinkMs: 400 }]

const harmless = (fault: Fault) => !fault.mayFlush
const all = () => true
const oneOf =
  (...names: readonly string[]) =>
  (fault: Fault) =>
    names.includes(fault.name)

/** Every fault alone, by what it is a fault of, and then in combinations. */
export const SCENARIOS: readonly Scenario[] = [
  { ...usual, name: 'calm', maxStalenessMs: 5_000, wants: () => false, shortMs: 4_000 },
  { ...usual, name: 'herd', maxStalenessMs: 20_000, patient: true, drive: herd, wants: () => false, shortMs: 4_000 },
  { ...usual, name: 'network', wants: ({ lane }) => lane === 'network', shortMs: 12_000 },
  { ...usual, name: 'processes', wants: (fault) => fault.lane === 'process' && harmless(fault), shortMs: 8_000 },
  { ...usual, name: 'wire versions', wants: ({ name }) => name === NEXT_WIRE_VERSION, shortMs: 2_500 },
  { ...usual, name: 'server', wants: (fault) => fault.lane === 'server' && harmless(fault), shortMs: 7_000 },
  { ...usual, name: 'lost history', wants: (fault) => fault.lane === 'server' && !harmless(fault), shortMs: 10_000 },
  { ...usual, name: 'sentinel', start: sentinelTopology, wants: ({ lane }) => lane === 'server', shortMs: 4_000 },
  { ...usual, name: 'cluster', start: failingCluster, wants: ({ lane }) => lane === 'server', shortMs: 5_000 },
  { ...usual, name: 'moving slots', start: movingCluster, wants: ({ lane }) => lane === 'server', shortMs: 5_000 },
  { ...usual, name: 'value servers', start: valueServersTopology, wants: all, combined: true, shortMs: 10_000 },
  {
    ...usual,
    name: 'strict',
    strict: true,
    loopsOf: (role) => (role === 'publisher' ? WRITING : CONFIRMING),
    wants: all,
    combined: true,
    shortMs: 10_000,
  },
  {
    ...usual,
    name: 'write-through',
    loopsOf: (role) => (role === 'publisher' ? WRITING : THROUGH),
    wants: all,
    combined: true,
    shortMs: 8_000,
  },
  {
    ...usual,
    name: 'versions',
    loopsOf: (role) => (role === 'publisher' ? [{ workload: 'bump', loops: 1, thinkMs: 80 }] : BUMPING),
    // Less than the pauses between the tries of a load, so that none is to be excused.
    lagMs: 60,
    keys: [...KEYS, ...VERSIONED],
    wants: oneOf(
      'link down',
      'link black-holed',
      'process killed',
      'process stopped',
      'server frozen',
      'scripts flushed',
    ),
    shortMs: 8_000,
  },
  {
    ...usual,
    name: 'write-behind',
    nodes: 4,
    publishers: 0,
    loopsOf: () => SAVED_LATER,
    keys: BEHIND,
    // What loses the data of Redis loses what is not saved.
    wants: oneOf(
      'link down',
      'link black-holed downstream',
      'process killed',
      'process stopped',
      'all other clients killed',
      'scripts flushed',
      'server frozen',
    ),
    shortMs: 8_000,
  },
  {
    ...usual,
    name: 'outbox',
    nodes: 2,
    publishers: 2,
    relays: 2,
    loopsOf: (role) => ({ node: READING_NOTED, publisher: NOTING, relay: [], naive: [] })[role],
    // Of processes, what comes between a commit and its message, as often as can be.
    wants: ({ lane, name }) => lane !== 'process' || ['process killed', 'process stopped', RELAY_KILLED].includes(name),
    combined: true,
    shortMs: 8_000,
  },
  {
    ...usual,
    name: 'twelve nodes',
    nodes: 12,
    publishers: 2,
    loopsOf: (role) => (role === 'publisher' ? WRITING : MANY),
    wants: all,
    combined: true,
    shortMs: 12_000,
  },
]
