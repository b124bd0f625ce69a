import type { Findings } from '../findings.ts'
import type { ReadRecord } from '../history.ts'
import type { KeyHistory } from '../key-history.ts'
import { ms, whatWasRead } from '../wording.ts'

/** Judges what one process read of one key: never less than what it had seen by the time that it asked. */
export function judgeMonotonicReads(reads: readonly ReadRecord[], history: KeyHistory, findings: Findings): void {
  const seen = reads.map((read) => ({ read, version: history.versionSeen(read.version, read.returnedAt) }))
  const byBegin = [...seen].sort((a, b) => a.read.invokedAt - b.read.invokedAt)
  const byEnd = [...seen].sort((a, b) => a.read.returnedAt - b.read.returnedAt)
  let ended = 0
  let newest = byEnd[0]
  for (const { read, version } of byBegin) {
    for (let next = byEnd[ended]; next && next.read.returnedAt < read.invokedAt; next = byEnd[ended]) {
      newest = newest && newest.version >= next.version ? newest : next
      ended += 1
    }
    if (ended === 0 || !newest) {
      continue
    }
    findings.judged('monotonic reads')
    const { read: earlier, version: known } = newest
    if (version < known) {
      findings.broken(
        'monotonic reads',
        [read, earlier],
        () => `${whatWasRead(read)}, ${ms(read.invokedAt - earlier.returnedAt)} after it had read version ${known}`,
      )
    }
  }
}
