import { epoch } from './epoch.ts'
import { lag } from './lag.ts'
import type { Question } from './question.ts'
import { rate } from './rate.ts'

/** In the order in which they are asked. */
export const allQuestions: readonly Question[] = [lag, rate, epoch]
