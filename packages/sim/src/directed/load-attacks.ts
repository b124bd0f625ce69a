import type { Attack } from './attack.ts'
import { cut, execute, flow, flowAll, hear, load, PLAIN, PUBLISHER, read, served, wait, write } from './steps.ts'

/** On the flights of one process. */
export const LOAD_ATTACKS: readonly Attack[] = [
  {
    name: 'the reply to an own message comes before its broadcast',
    setup: { ...PLAIN, ownFirst: false },
    steps: [flowAll, ...served(0, 0), write(0, 0), execute(0), hear(0), read(0, 0)],
    stoppedBy: ['own effects on the broadcast'],
  },
  {
    name: 'a reader joins a flight that began long ago',
    setup: PLAIN,
    steps: [
      flowAll,
      cut(0),
      read(0, 0),
      load(0),
      write(PUBLISHER, 0),
      flow(PUBLISHER),
      wait(1_100),
      read(0, 0),
      load(0),
    ],
    stoppedBy: ['flight joined without limit'],
  },
  {
    name: 'a flight that was replaced lands after the message that it has not seen',
    setup: PLAIN,
    steps: [
      flowAll,
      read(0, 0),
      flow(0),
      load(0),
      wait(1_100),
      read(0, 0),
      write(PUBLISHER, 0),
      flow(PUBLISHER),
      flow(0),
      load(0),
    ],
    stoppedBy: ['replaced flight cached'],
  },
  {
    name: 'two messages name the tags of a flight, and a reader joins between them',
    setup: PLAIN,
    steps: [
      flowAll,
      read(0, 0),
      flow(0),
      load(0),
      write(0, 0, 'tag'),
      flow(0),
      read(0, 0),
      write(0, 0, 'tag'),
      flow(0),
      load(0),
    ],
    stoppedBy: ['latest marker in place of the earliest'],
  },
  {
    name: 'a load lands after the message that names its key',
    setup: PLAIN,
    steps: [flowAll, read(0, 0), flow(0), load(0), write(PUBLISHER, 0), flow(PUBLISHER), flow(0), load(0)],
    stoppedBy: ['no fence'],
  },
]
