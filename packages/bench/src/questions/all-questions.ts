import { cost } from './cost.ts'
import { epoch } from './epoch.ts'
import { faults } from './faults.ts'
import { growth } from './growth.ts'
import { hitRatio } from './hit-ratio.ts'
import { l1 } from './l1.ts'
import { l2 } from './l2.ts'
import { lag } from './lag.ts'
import type { Question } from './question.ts'
import { rate } from './rate.ts'
import { stampede } from './stampede.ts'
import { tags } from './tags.ts'

/** In the order in which they are asked. */
export const allQuestions: readonly Question[] = [
  ...[hitRatio, l1, l2, stampede],
  ...[lag, growth, rate, tags, cost],
  ...[epoch, faults],
]
