import { afterReal } from '@rescind/faults/internal'

/** What became of the promise, or a rejection that says what was waited for; the promise itself goes on. */
export function bounded<T>(promise: Promise<T>, withinMs: number, describe: () => string): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = afterReal(withinMs, () => reject(new Error(`${describe()} (waited ${withinMs} ms)`)))
    promise.then(resolve, reject).finally(cancel)
  })
}
