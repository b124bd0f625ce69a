/** Rules of the protocol, each of which a run can leave out, to see that it is missed. */
export const MUTANTS = [
  'no trust rule',
  'trust from the time of the reply',
  'positions in place of the chain',
  'ids in place of the chain',
  'own effects on the broadcast',
  'hit of L2 trusted as of now',
  'hit judged as of the reader',
  'flight joined without limit',
  'replaced flight cached',
  'latest marker in place of the earliest',
  'tail adopted in two steps',
  'epoch not bound to the incarnation',
  'footing not checked by L2',
  'no lease in L2',
  'no fence',
  'shard not in values and leases',
  'confirm without the silent',
  'confirm believes an unsettled history',
  'member is not strict',
  'flush ignored',
  'region marker not asked',
  'tag marker dropped without a floor',
  'member forgotten too early',
] as const

/** Rules that nothing depends on any more: leaving one out is caught by the others. */
export const HARMLESS = ['no hello', 'retry does not look for its id', 'asOf of a hit laundered'] as const

export type Mutant = (typeof MUTANTS)[number] | (typeof HARMLESS)[number]

/** Of those whose replica is told of another log than there is. */
export function isRetold(mutant: Mutant | undefined): boolean {
  return mutant === 'positions in place of the chain' || mutant === 'ids in place of the chain'
}
