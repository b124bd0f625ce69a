import { setTimeout as pause } from 'node:timers/promises'
import { WRITES_VERSION_2 } from './all-mutants.ts'
import { type Fault, type Heal, healed } from './fault.ts'
import type { Member } from './member-handle.ts'
import type { World } from './world.ts'

export const NEXT_WIRE_VERSION = 'next wire version deployed beside'
export const RELAY_KILLED = 'relay killed at work'

const hourMs = 3_600_000

/** What can become of one process. */
const OF_ONE: readonly Fault[] = [
  processFault('process killed', async (member) => {
    await member.kill()
    return () => member.start()
  }),
  processFault('process stopped', ({ remote }) => {
    remote.pause()
    return () => remote.resume()
  }),
  processFault('event loop blocked', ({ remote }, lastsMs) => {
    const blocked = remote.call('block', lastsMs)
    return () => blocked
  }),
  clockFault('wall clock an hour ahead', hourMs),
  clockFault('wall clock an hour back', -hourMs),
  processFault('process deployed anew', async (member) => {
    if (await member.leave()) await member.start()
    return healed
  }),
]

/** What can become of the processes of a run. */
export function processFaults(world: World): readonly Fault[] {
  return [...OF_ONE, { name: NEXT_WIRE_VERSION, lane: 'process', single: false, mayFlush: true, begin: deployed }]

  /** A process of the next release, the messages of which those of this one cannot read. */
  async function deployed(): Promise<Heal> {
    const guest = await world.add('node', WRITES_VERSION_2)
    await guest.work([{ workload: 'write', loops: 1, thinkMs: 50 }])
    return () => world.remove(guest)
  }
}

/** What can become of a relay while it has rows in hand: for some time nobody hears it, and then it is killed. */
export function relayKilled(world: World): Fault {
  return {
    name: RELAY_KILLED,
    lane: 'process',
    single: false,
    mayFlush: false,
    async begin(_member, lastsMs) {
      const relay = world.members.find(({ role }) => role === 'relay')
      if (!relay) return healed
      for (const link of relay.links) link.blackhole()
      await pause(lastsMs / 2)
      await relay.kill()
      for (const link of relay.links) link.heal()
      return () => relay.start()
    },
  }
}

function clockFault(name: string, shiftMs: number): Fault {
  return processFault(name, async ({ remote }) => {
    await remote.call('shiftClock', shiftMs)
    return () => remote.call('shiftClock', 0)
  })
}

function processFault(name: string, begin: (member: Member, lastsMs: number) => Promise<Heal> | Heal): Fault {
  return { name, lane: 'process', single: true, mayFlush: false, begin }
}
