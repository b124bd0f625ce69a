import type { FaultProxy } from '@rescind/testbed'
import type { Fault, Heal } from './fault.ts'

/** What can become of the links of one process to Redis. */
export const NETWORK_FAULTS: readonly Fault[] = [
  onLinks('link stalled', (link) => link.stall()),
  onLinks('link stalled upstream', (link) => link.stall('upstream')),
  onLinks('link stalled downstream', (link) => link.stall('downstream')),
  onLinks('link black-holed', (link) => link.blackhole()),
  onLinks('link black-holed upstream', (link) => link.blackhole('upstream')),
  onLinks('link black-holed downstream', (link) => link.blackhole('downstream')),
  onLinks('link slow', (link) => link.slow(4_000)),
  onLinks('link down', (link) => {
    link.refuse()
    link.cut()
  }),
  repeated('link cut', (link) => link.cut()),
  repeated('link cut within a reply', (link) => link.tear('downstream')),
  repeated('link cut within a command', (link) => link.tear('upstream')),
]

const repeatMs = 150

/** Lasts until it is healed. */
function onLinks(name: string, breaks: (link: FaultProxy) => void): Fault {
  return networkFault(name, (links) => {
    for (const link of links) breaks(link)
    return () => {
      for (const link of links) link.heal()
    }
  })
}

/** Happens again and again. */
function repeated(name: string, breaks: (link: FaultProxy) => void): Fault {
  return networkFault(name, (links) => {
    const all = () => {
      for (const link of links) breaks(link)
    }
    all()
    const timer = setInterval(all, repeatMs)
    return () => {
      clearInterval(timer)
      for (const link of links) link.heal()
    }
  })
}

function networkFault(name: string, begin: (links: readonly FaultProxy[]) => Heal): Fault {
  return { name, lane: 'network', single: true, mayFlush: false, begin: ({ links }) => begin(links) }
}
