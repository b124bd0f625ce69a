/** The end of the time that something may take, with a signal that is only made if somebody asks for it. */
export class TimeLimit {
  #controller: AbortController | undefined
  #reason: Error | undefined

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#reason) {
        this.#controller.abort(this.#reason)
      }
    }
    return this.#controller.signal
  }

  exceed(reason: Error): void {
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}

/**
 * What `call` returns, if that takes no longer than `ms`; what it throws, too, also at once.
 *
 * @param tooLate the error to reject and to abort with; gets what goes on.
 */
export function inTime<T>(
  ms: number,
  call: (limit: TimeLimit) => Promise<T> | T,
  tooLate: (work: Promise<T>) => Error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const limit = new TimeLimit()
    const work = settle(() => call(limit))
    const timer = setTimeout(() => {
      const error = tooLate(work)
      limit.exceed(error)
      reject(error)
    }, ms)
    work.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}

/** As a promise, also what is thrown at once. */
async function settle<T>(call: () => Promise<T> | T): Promise<T> {
  return call()
}
