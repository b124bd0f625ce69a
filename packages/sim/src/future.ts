export type Settled<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ExpectedError }

/** What an operation of the model may fail with. Anything else that is thrown is a mistake of the model. */
export class ExpectedError extends Error {
  override readonly name: string = 'ExpectedError'
}

/** Something that will have settled. */
export interface Awaitable {
  readonly whenSettled: (resume: () => void) => void
}

/** A promise without a clock of its own: who listens is told at once. */
export class Future<T> {
  #settled: Settled<T> | undefined
  #listeners: ((settled: Settled<T>) => void)[] = []

  get settled(): Settled<T> | undefined {
    return this.#settled
  }

  resolve(value: T): void {
    this.settle({ ok: true, value })
  }

  reject(error: ExpectedError): void {
    this.settle({ ok: false, error })
  }

  /** Only the first time counts. */
  settle(settled: Settled<T>): void {
    if (this.#settled) {
      return
    }
    this.#settled = settled
    const listeners = this.#listeners
    this.#listeners = []
    for (const listener of listeners) {
      listener(settled)
    }
  }

  listen(listener: (settled: Settled<T>) => void): void {
    if (this.#settled) {
      listener(this.#settled)
    } else {
      this.#listeners.push(listener)
    }
  }
}

/** An async function of the model: it yields what it waits for. */
export type Coroutine<T> = Generator<Awaitable, T, void>

/** As `await`. */
export function* wait<T>(future: Future<T>): Coroutine<T> {
  const settled = yield* attempt(future)
  if (settled.ok) {
    return settled.value
  }
  throw settled.error
}

/** As `wait`, for what may fail. */
export function* attempt<T>(future: Future<T>): Coroutine<Settled<T>> {
  yield { whenSettled: (resume) => future.listen(resume) }
  const { settled } = future
  if (!settled) {
    throw new Error('A coroutine was resumed before what it waits for had settled')
  }
  return settled
}
