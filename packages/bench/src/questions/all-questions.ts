import { epoch } from './epoch.ts'
import { l2 } from './l2.ts'
import { lag } from './lag.ts'
import type { Question } from './question.ts'
import { rate } from './rate.ts'

/** In the order in which they are asked. */
export const allQuestions: readonly Question[] = [l2, lag, rate, epoch]
