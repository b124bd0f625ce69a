import { InvalidArgumentError } from '@rescind/options'

/**
 * How the values of a region become plain data for L2, and values again: for instances of classes, and for what else
 * MessagePack does not carry. Both must be quick, since they block the process. What there is none of, undefined and
 * null, does not come here.
 */
export interface ValueCodec<V> {
  /**
   * Plain data in which all of the value is: what `decode` makes of them in another process must be equal to it. They are
   * packed at once and may share parts with the value. If it throws, or returns undefined or null, the value is not stored in L2.
   */
  encode(value: V): unknown
  /**
   * The value. The data are those of `encode` in a process of the same `schemaVersion`, and belong to the value from now
   * on. If it throws, or returns undefined or null, the data count as damaged: a miss.
   */
  decode(data: unknown): V
}

/** @throws {InvalidArgumentError} */
export function checkCodec(codec: unknown): void {
  const sound =
    typeof codec === 'object' &&
    codec !== null &&
    'encode' in codec &&
    typeof codec.encode === 'function' &&
    'decode' in codec &&
    typeof codec.decode === 'function'
  if (codec !== undefined && !sound) {
    throw new InvalidArgumentError('codec', 'an object with the functions encode and decode', codec)
  }
}
