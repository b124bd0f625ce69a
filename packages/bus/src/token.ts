import { InvalidArgumentError } from '@rescind/options'
import type { Tail } from './log-entry.ts'
import type { Position } from './position.ts'

/** A place in the log that can be handed around: to a browser and back, or from one service to the next. */
export interface Token {
  readonly position: Position
  /** The beginning of the chain, enough to tell one history from another. */
  readonly chain: string
}

const CHAIN_LENGTH = 8

/** The position and the beginning of its chain as a short text that is safe in URLs and headers: `mfz3k1vc.2s.9f86d081`. */
export function formatToken({ position, chain }: Tail): string {
  return `${position.epoch.toString(36)}.${position.seq.toString(36)}.${chain.slice(0, CHAIN_LENGTH)}`
}

/** @throws {InvalidArgumentError} for a text that `formatToken` does not write. */
export function parseToken(text: string): Token {
  const match = typeof text === 'string' ? /^([0-9a-z]{1,11})\.([0-9a-z]{1,11})\.([0-9a-f]{8})$/.exec(text) : null
  const [, epochText = '', seqText = '', chain = ''] = match ?? []
  const position = { epoch: Number.parseInt(epochText, 36), seq: Number.parseInt(seqText, 36) }
  if (!Number.isSafeInteger(position.epoch) || !Number.isSafeInteger(position.seq)) {
    throw new InvalidArgumentError('token', 'the token of a receipt, as it came', text)
  }
  return { position, chain }
}
