/** No more values than this are looked at. */
const MOST_VISITS = 1_000
/** Of a list, a map or an object no more elements than this; the others are taken to be alike. */
const MOST_SAMPLES = 50

/**
 * About how many bytes a value takes in memory: 2 for each character of a string, 8 for a number or a reference, what
 * a buffer holds, and the like. It takes samples of large values, and looks no deeper than 1,000 values: an estimate
 * for a bound, not a measurement.
 */
export function estimateBytes(value: unknown): number {
  return new Estimate().of(value)
}

class Estimate {
  #visits = 0

  of(value: unknown): number {
    if (typeof value === 'string') {
      return 16 + 2 * value.length
    }
    if (typeof value === 'bigint') {
      return 24
    }
    if (typeof value !== 'object' || value === null) {
      return 8
    }
    this.#visits += 1
    return this.#visits > MOST_VISITS ? 32 : 32 + this.#content(value)
  }

  #content(value: object): number {
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      return value.byteLength
    }
    if (Array.isArray(value)) {
      return this.#all(value.length, (index) => 8 + this.of(value[index]))
    }
    if (value instanceof Map) {
      const sample = [...take(value.entries())]
      return this.#all(value.size, (index) => 24 + this.of(sample[index]?.[0]) + this.of(sample[index]?.[1]))
    }
    if (value instanceof Set) {
      const sample = [...take(value.values())]
      return this.#all(value.size, (index) => 24 + this.of(sample[index]))
    }
    const properties = Object.entries(Object.getOwnPropertyDescriptors(value))
    return this.#all(properties.length, (index) => 8 + this.of(properties[index]?.[1].value))
  }

  /** The sum over all elements, by the mean of the first. */
  #all(length: number, bytesAt: (index: number) => number): number {
    const samples = Math.min(length, MOST_SAMPLES)
    let bytes = 0
    for (let index = 0; index < samples; index += 1) {
      bytes += bytesAt(index)
    }
    return samples === 0 ? 0 : Math.ceil((bytes / samples) * length)
  }
}

function* take<T>(values: Iterable<T>): Generator<T> {
  let count = 0
  for (const value of values) {
    if (count === MOST_SAMPLES) {
      return
    }
    count += 1
    yield value
  }
}
