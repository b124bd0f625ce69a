import { Random } from '../random.ts'
import { numberKeys } from './number-keys.ts'
import type { Workload } from './workload.ts'
import { Zipf } from './zipf.ts'

/** Draws the key of the nth read. */
type Draw = (n: number) => number

const capacities: readonly number[] = [1_000, 5_000]

/** Each from a generator of its own: the same number of reads is the same keys, whoever asks. */
const makers: Readonly<Record<string, () => Draw>> = { zipf, scan, loop, shifting }

/** One at a time, since only one has to be in memory. */
export function* generatedWorkloads(reads: number): Generator<Workload> {
  for (const [name, make] of Object.entries(makers)) {
    const draw = make()
    yield { name, ...numberKeys(Int32Array.from({ length: reads }, (_, n) => draw(n))), capacities }
  }
}

/** 100,000 keys by Zipf's law, with an exponent of 0.9. */
function zipf(): Draw {
  const random = new Random(1)
  const law = new Zipf(100_000, 0.9)
  return () => law.rank(random.fraction())
}

/** As `zipf`, of 10,000 keys; after each 15,000 reads, 5,000 others are read in a row, and never again. */
function scan(): Draw {
  const random = new Random(2)
  const law = new Zipf(10_000, 0.9)
  return (n) => (n % 20_000 < 15_000 ? law.rank(random.fraction()) : 10_000 + n)
}

/** 8,000 keys in a row, over and over; every fifth read is of another 8,000, by Zipf's law. */
function loop(): Draw {
  const random = new Random(3)
  const law = new Zipf(8_000, 0.9)
  let next = 0
  return (n) => (n % 5 === 0 ? 8_000 + law.rank(random.fraction()) : next++ % 8_000)
}

/**
 * Nine of ten reads are of the newest 2,000 keys, by Zipf's law, the newest the most often; each 50 reads there is a
 * newer one. The others are of 50,000 keys evenly.
 */
function shifting(): Draw {
  const random = new Random(4)
  const law = new Zipf(2_000, 0.7)
  return (n) => {
    const newest = 52_000 + Math.floor(n / 50)
    return random.fraction() < 0.9 ? newest - law.rank(random.fraction()) : random.below(50_000)
  }
}
