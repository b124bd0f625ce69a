import type { Line } from '../line.ts'
import { askLag, type LagScale } from './lag.ts'
import type { Question } from './question.ts'

export interface GrowthScale extends Pick<LagScale, 'rounds' | 'warmUp'> {
  readonly processes: readonly number[]
  readonly keysPerMessage: readonly number[]
  /** Of the same figure that grows with keys. */
  readonly receivers: number
  /** Of one round. */
  readonly calls: number
  readonly seconds: number
  /** At most, in all calls of a round. */
  readonly keys: number
}

const full: GrowthScale = {
  processes: [1, 4, 16],
  keysPerMessage: [1, 100, 10_000],
  receivers: 4,
  rounds: 3,
  calls: 100,
  seconds: 1,
  keys: 20_000,
  warmUp: { calls: 5_000, callers: 64, perSecond: Number.POSITIVE_INFINITY },
}

export const growth: Question = {
  name: 'growth',
  about:
    'How the lag grows from 1 to 16 receiving processes (100 keys per second, one by one), and from 1 to 10,000 keys in a ' +
    'call (4 receivers, at most 20,000 keys per second): until the last of them is gone. Medians of 3 rounds of a second.',
  redis: true,
  ask: () => askGrowth(full),
}

export async function askGrowth({
  processes,
  keysPerMessage,
  receivers,
  keys,
  seconds,
  ...scale
}: GrowthScale): Promise<Line[]> {
  const lines: Line[] = []
  for (const count of processes) {
    const some = await askLag({ ...scale, receivers: [count], keysPerCall: 1, perSecond: scale.calls / seconds })
    lines.push(...medians(some, `processes.${count}`))
  }
  for (const keysPerCall of keysPerMessage) {
    const calls = Math.max(2, Math.min(scale.calls, Math.floor(keys / keysPerCall)))
    // No more is named to warm up than is named later.
    const warmUp = { ...scale.warmUp, calls: Math.max(calls, Math.ceil(scale.warmUp.calls / keysPerCall)) }
    const some = await askLag({
      ...scale,
      receivers: [receivers],
      keysPerCall,
      calls,
      perSecond: calls / seconds,
      warmUp,
    })
    lines.push(...medians(some, `keys.${keysPerCall}`))
  }
  return lines
}

function medians(lines: readonly Line[], name: string): Line[] {
  return lines.filter((line) => line.name.endsWith('.median')).map((line) => ({ ...line, name: `growth.${name}` }))
}
