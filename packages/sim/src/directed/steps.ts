import type { Forgery, Setup, Step, Telling } from '../schedule.ts'

/** Two nodes on one server, where nothing is scarce. */
export const PLAIN: Setup = {
  nodes: 2,
  strict: false,
  cluster: false,
  ownFirst: true,
  unsteadyClock: false,
  logLength: 1_000,
  sharedTags: 10,
  nodeTags: 10,
}

export const PUBLISHER = -1

export const flowAll: Step = { do: 'flow all' }

export const flow = (node: number): Step => ({ do: 'flow', node })

export const execute = (node: number, count = 1): Step => ({ do: 'execute', node, count, shard: false })

export const executeOnShard = (node: number): Step => ({ do: 'execute', node, count: 1, shard: true })

export const hear = (node: number, count = 1): Step => ({ do: 'hear', node, count, backwards: false, shard: false })

export const hearShard = (node: number): Step => ({ do: 'hear', node, count: 1, backwards: false, shard: true })

export const read = (node: number, item: number): Step => ({ do: 'read', node, item })

export const load = (node: number, which = 0): Step => ({ do: 'load', node, which, fails: false })

/** A read, and all that it takes until the value is in L1 and L2. */
export const served = (node: number, item: number): Step[] => [
  read(node, item),
  flow(node),
  load(node),
  load(node),
  flow(node),
]

export const write = (node: number, item: number, by: Telling = 'key', confirm = false): Step => ({
  do: 'write',
  node,
  item,
  by,
  confirm,
})

export const wait = (ms: number): Step => ({ do: 'wait', ms })

export const run = (ms: number): Step => ({ do: 'run', ms })

export const beat = (node: number): Step => ({ do: 'beat', node })

export const cut = (node: number): Step => ({ do: 'cut', node })

export const connect = (node: number): Step => ({ do: 'connect', node })

export const deafen = (node: number): Step => ({ do: 'deafen', node })

export const stop = (node: number): Step => ({ do: 'stop', node })

export const goOn = (node: number): Step => ({ do: 'continue', node })

export const crash = (node: number): Step => ({ do: 'crash', node })

export const leave = (node: number): Step => ({ do: 'leave', node })

export const join: Step = { do: 'join' }

export const snapshot: Step = { do: 'snapshot', shard: false }

export const snapshotOfShard: Step = { do: 'snapshot', shard: true }

export const failOver: Step = { do: 'fail over', back: 0, shard: false }

export const failOverOfShard: Step = { do: 'fail over', back: 0, shard: true }

export const demote: Step = { do: 'demote', back: 0 }

export const promote: Step = { do: 'promote' }

export const trim: Step = { do: 'trim', length: 1 }

export const wipe: Step = { do: 'wipe', shard: false }

export const deleteLog: Step = { do: 'delete log' }

export const forge = (node: number, as: Forgery): Step => ({ do: 'forge', node, as })
