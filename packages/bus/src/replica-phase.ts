import type { LiveEntry, Tail } from './log-entry.ts'

/**
 * What the replica is doing.
 *
 * ```
 *            connected            beat: tail is ours, or adopted
 *    down ------------> joining ---------------------------------> live
 *     ^                   |  \                                    ^    |  gap, or a beat
 *     | disconnected      |   `--- beat: we are behind ---.       |    |  says we are behind
 *     | (from anywhere)   |                               v  last |    v
 *     |                   |                              syncing -'  syncing
 *     |                   |                                 |
 *     |                   `---------- lost <----------------'  the page does not continue what was applied
 *     |                                 `-- beat: flush, adopt its tail --> live
 * ```
 */
export type Phase =
  | { readonly type: 'down' }
  | { readonly type: 'joining'; readonly heard: LiveEntry[] }
  | { readonly type: 'syncing'; readonly heard: LiveEntry[]; readonly from: Tail }
  | { readonly type: 'lost'; readonly heard: LiveEntry[] }
  | { readonly type: 'live' }
