/** What a world is made of, before anything happens. */
export interface Setup {
  readonly nodes: number
  readonly strict: boolean
  /** The values are on a server of their own. */
  readonly cluster: boolean
  /** Own broadcasts come before the reply that they belong to, on the same connection. */
  readonly ownFirst: boolean
  /** The clock of the servers steps back: only what is known keeps epochs in order. */
  readonly unsteadyClock: boolean
  readonly logLength: number
  /** Tags that the log keeps markers of. */
  readonly sharedTags: number
  /** Tags that a node keeps markers of. */
  readonly nodeTags: number
}

/** How a write says what is no longer current. */
export type Telling = 'key' | 'bump' | 'tag' | 'region' | 'all'

/** How a forged broadcast looks. */
export type Forgery = 'next' | 'replayed' | 'epoch' | 'ahead' | 'same'

/** Nodes are counted round and round; below 0 is the publisher, where a step can be one of a publisher. */
export type Step =
  | { readonly do: 'read'; readonly node: number; readonly item: number }
  | {
      readonly do: 'write'
      readonly node: number
      readonly item: number
      readonly by: Telling
      readonly confirm: boolean
    }
  /** The server executes commands of the node. */
  | { readonly do: 'execute'; readonly node: number; readonly count: number; readonly shard: boolean }
  /** The node reads what has arrived, as one chunk. */
  | {
      readonly do: 'hear'
      readonly node: number
      readonly count: number
      readonly backwards: boolean
      readonly shard: boolean
    }
  /** Commands, replies and broadcasts of the node flow until there are none. */
  | { readonly do: 'flow'; readonly node: number }
  | { readonly do: 'flow all' }
  /** A load of the node reads the source, or, if it has, returns. */
  | { readonly do: 'load'; readonly node: number; readonly which: number; readonly fails: boolean }
  /** Nothing happens for so long; then the timers that are due ring. */
  | { readonly do: 'wait'; readonly ms: number }
  /** So long everything works that can. */
  | { readonly do: 'run'; readonly ms: number }
  | { readonly do: 'beat'; readonly node: number }
  | { readonly do: 'cut'; readonly node: number }
  | { readonly do: 'connect'; readonly node: number }
  | { readonly do: 'deafen'; readonly node: number }
  | { readonly do: 'give up'; readonly node: number; readonly shard: boolean }
  /** What was sent on a connection that is gone arrives after all. */
  | { readonly do: 'late'; readonly which: number }
  | { readonly do: 'stop'; readonly node: number }
  | { readonly do: 'continue'; readonly node: number }
  | { readonly do: 'crash'; readonly node: number }
  | { readonly do: 'leave'; readonly node: number }
  | { readonly do: 'join' }
  | { readonly do: 'snapshot'; readonly shard: boolean }
  /** The server is replaced by its replica, as it was some snapshots ago; all connections are lost. */
  | { readonly do: 'fail over'; readonly back: number; readonly shard: boolean }
  /** Restarts with what it had, or nothing. */
  | { readonly do: 'restart'; readonly empty: boolean; readonly shard: boolean }
  /** Becomes a replica of what was its own; connections live on, and new ones lead to the new primary. */
  | { readonly do: 'demote'; readonly back: number }
  | { readonly do: 'promote' }
  | { readonly do: 'trim'; readonly length: number }
  | { readonly do: 'wipe'; readonly shard: boolean }
  | { readonly do: 'delete log' }
  | { readonly do: 'forge'; readonly node: number; readonly as: Forgery }

export interface Schedule {
  readonly setup: Setup
  readonly steps: readonly Step[]
}
