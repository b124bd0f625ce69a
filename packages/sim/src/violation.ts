/** The promises of the protocol, as they are checked. */
export type Invariant =
  | 'bounded staleness'
  | 'own writes'
  | 'confirmed writes'
  | 'nothing skipped'
  | 'proof'
  | 'agreement at quiet'
  | 'no false alarm'
  | 'forgery'

/** Something the protocol promises is not so. */
export class Violation extends Error {
  override readonly name: string = 'Violation'
  readonly invariant: Invariant

  constructor(invariant: Invariant, message: string) {
    super(`${invariant}: ${message}`)
    this.invariant = invariant
  }
}
