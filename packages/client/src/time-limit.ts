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

  get isExceeded(): boolean {
    return this.#reason !== undefined
  }

  exceed(reason: Error): void {
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}

/** What may take only so long. */
export interface Timed<T, R> {
  readonly ms: number
  call(limit: TimeLimit): Promise<T> | T
  /** Makes of what was returned in time what is to be answered. */
  finish(value: T): R
  /** The error to reject and to abort with; gets what goes on. */
  tooLate(work: Promise<T>): Error
}

/** What `call` returns, finished, if that takes no longer than `ms`; what either throws, too. */
export function inTime<T, R>({ ms, call, finish, tooLate }: Timed<T, R>): Promise<R> {
  return new Promise((resolve, reject) => {
    const limit = new TimeLimit()
    const work = Promise.resolve(call(limit))
    const timer = setTimeout(() => {
      const error = tooLate(work)
      limit.exceed(error)
      reject(error)
    }, ms)
    work.then(
      (value) => {
        clearTimeout(timer)
        if (limit.isExceeded) {
          return
        }
        try {
          resolve(finish(value))
        } catch (error) {
          reject(error)
        }
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
