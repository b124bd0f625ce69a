import type { FlushReason, Message } from '@rescind/bus'
import { FORGED } from './forger.ts'
import type { Setup, Step } from './schedule.ts'
import { Violation } from './violation.ts'
import type { Witness } from './wiring.ts'

/** Knows what nodes may drop everything for, and that they apply nothing that nobody sent. */
export class Alarms implements Witness {
  readonly #tell: (line: string) => void
  /** Something has happened that may cost a flush. */
  #disturbed: boolean

  constructor({ logLength }: Setup, tell: (line: string) => void) {
    this.#disturbed = logLength < 1_000
    this.#tell = tell
  }

  note(step: Step): void {
    this.#disturbed ||= isDisturbing(step)
  }

  onApply(nodeId: string, message: Message): void {
    if (message.id.startsWith(FORGED)) {
      throw new Violation('forgery', `${nodeId} applies ${message.kind}, which nobody sent`)
    }
  }

  onFlush(nodeId: string, reason: FlushReason, forged: boolean): void {
    this.#tell(`${nodeId} drops everything: ${reason}`)
    if (forged) {
      throw new Violation('forgery', `${nodeId} drops everything for a broadcast that nobody sent: ${reason}`)
    }
    if (!this.#disturbed && reason !== 'joined') {
      throw new Violation('no false alarm', `${nodeId} drops everything: ${reason}`)
    }
  }
}

function isDisturbing(step: Step): boolean {
  switch (step.do) {
    case 'fail over':
    case 'restart':
    case 'demote':
    case 'trim':
    case 'wipe':
    case 'delete log':
      return true
    case 'write':
      return step.by === 'all'
    default:
      return false
  }
}
