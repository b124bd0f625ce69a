import { promisify } from 'node:util'
import { deflateRaw, deflateRawSync, inflateRaw, inflateRawSync } from 'node:zlib'

const deflateApart = promisify(deflateRaw)
const inflateApart = promisify(inflateRaw)

/** Of 9: a fifth smaller than the first, and a third of the time of the sixth, which gains a tenth more. */
const LEVEL = 3

/** From this size on, in bytes, the work is done in the thread pool; below, the way there takes longer than the work. */
const APART_FROM = 16_384

/** What is longer is not compressed, and what claims to be is not inflated. */
export const MAX_INFLATED_BYTES: number = 2 ** 26

/** The bytes in raw deflate; undefined if that saves less than a tenth, or they are more than 64 MiB. */
export async function deflate(bytes: Uint8Array): Promise<Uint8Array | undefined> {
  if (bytes.length > MAX_INFLATED_BYTES) {
    return undefined
  }
  const options = { level: LEVEL }
  const deflated = bytes.length < APART_FROM ? deflateRawSync(bytes, options) : await deflateApart(bytes, options)
  return deflated.length <= bytes.length * 0.9 ? deflated : undefined
}

/** @throws {Error} unless these are the deflated form of exactly `length` bytes, at most 64 MiB; no more are ever made. */
export async function inflate(bytes: Uint8Array, length: number): Promise<Uint8Array> {
  if (length > MAX_INFLATED_BYTES) {
    throw new RangeError('More than is ever compressed')
  }
  const options = { maxOutputLength: length }
  const inflated = length < APART_FROM ? inflateRawSync(bytes, options) : await inflateApart(bytes, options)
  if (inflated.length !== length) {
    throw new RangeError('Less than was compressed')
  }
  return inflated
}
