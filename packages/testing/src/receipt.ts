import { formatPosition, type Position } from '@rescind/bus'
import type { WriteRecord } from './history.ts'

/** What a receipt says, of whatever a write resolves to. */
export function receiptIn(result: unknown): Pick<WriteRecord, 'token' | 'position'> {
  if (typeof result !== 'object' || result === null || !('token' in result) || !('position' in result)) {
    return {}
  }
  const { token, position } = result
  return typeof token === 'string' && isPosition(position) ? { token, position: formatPosition(position) } : {}
}

function isPosition(value: unknown): value is Position {
  return typeof value === 'object' && value !== null && 'epoch' in value && 'seq' in value
}
