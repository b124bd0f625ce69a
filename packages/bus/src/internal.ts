// Not public, and without any promise from one release to the next: what decides, for the simulator and for tests; a script, for
// the benchmark.
export { Census } from './census.ts'
export { firstChain, nextChain } from './chain.ts'
export { Layout } from './layout.ts'
export { MemoryLog } from './memory-log.ts'
export { Replica } from './replica.ts'
export type { BeatReport, ReplicaEffect, ReplicaEvent } from './replica-event.ts'
export { APPEND } from './scripts.ts'
