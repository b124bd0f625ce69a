import type { Forgery } from '../schedule.ts'
import type { Attack } from './attack.ts'
import { flow, flowAll, forge, PLAIN, PUBLISHER, read, served, write } from './steps.ts'

const FORGERIES: readonly Forgery[] = ['next', 'ahead', 'same', 'epoch', 'replayed']

/** Broadcasts of a stranger. They cost a look at the log at most. */
export const FORGERY_ATTACKS: readonly Attack[] = FORGERIES.map((as) => ({
  name: `a stranger broadcasts what looks like: ${as}`,
  setup: PLAIN,
  steps: [flowAll, ...served(0, 0), write(PUBLISHER, 1), flowAll, forge(0, as), flow(0), read(0, 0)],
  stoppedBy: [],
}))
