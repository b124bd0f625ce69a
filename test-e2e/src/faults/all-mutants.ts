import type { Mutant } from './mutant.ts'

export const NO_TRUST_RULE: Mutant = {
  name: 'no trust rule',
  file: 'core/dist/trust-rule.js',
  find: 'return now - provenAt <= maxStalenessMs;',
  replace: 'return true;',
}

export const NO_FENCE: Mutant = {
  name: 'no fence in L1',
  file: 'client/dist/flight.js',
  find: 'this.#cacheable = false;',
  replace: '',
}

export const NO_LEASE: Mutant = {
  name: 'no lease in L2',
  file: 'client/dist/l2-scripts.js',
  find: 'local mine, how = has(holders[n], sub(bytes, 1, width))',
  replace: 'local mine, how = true, 1',
}

export const NO_WRITE_FENCE: Mutant = {
  name: 'no fence of a write',
  file: 'client/dist/write-fences.js',
  find: 'return !this.#broken && this.#heard === own;',
  replace: 'return true;',
}

export const NO_FLOORS: Mutant = {
  name: 'floors of versions ignored',
  file: 'core/dist/version-floors.js',
  find: 'const floor = this.#floors.size === 0 ? undefined : this.#floors.get(key);',
  replace: 'const floor = undefined;',
}

export const NO_CHAIN_CHECK: Mutant = {
  name: 'no chain check',
  file: 'bus/dist/replica.js',
  find: 'if (entry.previous === applied.chain && isNext(entry, applied)) {',
  replace: 'if (true) {',
}

export const UNBOUND_EPOCH: Mutant = {
  name: 'epoch not bound to the incarnation',
  file: 'bus/dist/scripts.js',
  find: "if same and string.find(redis.call('INFO', 'replication'), 'master_replid:' .. incarnation, 1, true) then",
  replace: 'if same then',
}

export const LATE_OWN_EFFECTS: Mutant = {
  name: 'own effects late',
  file: 'bus/dist/replica.js',
  find: 'if (this.#ring.has(entry) || !entry.message) {',
  replace: 'if (true) {',
}

export const FLUSH_IGNORED: Mutant = {
  name: 'flush ignored',
  file: 'client/dist/cache-node.js',
  find: 'region.flush(position.seq);',
  replace: '',
}

export const SILENT_NOT_AWAITED: Mutant = {
  name: 'silent members not waited for',
  file: 'bus/dist/confirmer.js',
  find: 'waitMs: membership?.settled ? Math.max(-1, ...silent.map(strictBound)) : this.#longestMs,',
  replace: 'waitMs: -1,',
}

export const ROWS_REMOVED_FIRST: Mutant = {
  name: 'rows removed before they are said',
  file: 'outbox/dist/relay.js',
  find: 'settlement = await this.#say(those);',
  replace: 'settlement = { said: those.map(({ id }) => id), postponed: [] }; this.#say(those).catch(() => {});',
}

/** What a later release may do to this one: it writes messages of a version that this one cannot read. */
export const WRITES_VERSION_2: Mutant = {
  name: 'writes version 2',
  file: 'bus/dist/wire.js',
  find: 'return pack([WIRE_VERSION, ',
  replace: 'return pack([2, ',
}

/** Each takes away something that the promise depends on. */
export const MUTANTS: readonly Mutant[] = [
  NO_TRUST_RULE,
  NO_FENCE,
  NO_LEASE,
  NO_WRITE_FENCE,
  NO_FLOORS,
  NO_CHAIN_CHECK,
  UNBOUND_EPOCH,
  LATE_OWN_EFFECTS,
  FLUSH_IGNORED,
  SILENT_NOT_AWAITED,
  ROWS_REMOVED_FIRST,
]
