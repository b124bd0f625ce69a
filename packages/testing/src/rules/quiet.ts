import type { Crashes } from '../crashes.ts'
import type { Findings } from '../findings.ts'
import type { HeldRecord, WriteRecord } from '../history.ts'
import type { KeyHistory } from '../key-history.ts'
import { nameOf } from '../wording.ts'

/** Judges what is held at quiet: it is what the source has, or at least nothing older than anybody could be told of. */
export function judgeHeld(held: HeldRecord, history: KeyHistory, crashes: Crashes, findings: Findings): void {
  findings.judged('stale set')
  const version = history.versionSeen(held.version, held.at)
  const where = held.process === undefined ? 'L2' : `L1 of ${held.process}`
  const none = held.version === undefined
  const what = () => `At quiet, ${where} holds ${none ? 'that there is no ' : ''}${nameOf(held)} at version ${version}`
  if (!history.existsBy(held.at, version)) {
    findings.broken('stale set', [held], () => `${what()}, which nobody committed`)
    return
  }
  const missed = history
    .above(version)
    .findLast(({ committedBy, records }) => committedBy <= held.at && !nobodyWasTold(records, crashes))
  if (missed) {
    findings.broken('stale set', [held, ...missed.records], () => `${what()}; the source has version ${missed.number}`)
  }
}

/** Its writer crashed between the commit and the acknowledgement: the promise begins with the latter. */
function nobodyWasTold(records: readonly WriteRecord[], crashes: Crashes): boolean {
  return (
    records.every(({ ackedAt }) => ackedAt === undefined) &&
    records.some(({ process, committedAt }) => crashes.within(process, committedAt, Number.POSITIVE_INFINITY))
  )
}
