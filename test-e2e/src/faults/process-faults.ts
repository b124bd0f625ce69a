import { type Fault, type Heal, healed } from './fault.ts'
import type { Member } from './member-handle.ts'

const hourMs = 3_600_000

/** What can become of one process. */
export const PROCESS_FAULTS: readonly Fault[] = [
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

function clockFault(name: string, shiftMs: number): Fault {
  return processFault(name, async ({ remote }) => {
    await remote.call('shiftClock', shiftMs)
    return () => remote.call('shiftClock', 0)
  })
}

function processFault(name: string, begin: (member: Member, lastsMs: number) => Promise<Heal> | Heal): Fault {
  return { name, lane: 'process', single: true, mayFlush: false, begin }
}
