import { type Awaitable, type Coroutine, ExpectedError, Future } from './future.ts'

interface Timer {
  readonly dueAt: number
  readonly ring: () => void
}

/** Something took longer than was waited for. */
export const OVERDUE: ExpectedError = new ExpectedError('It takes too long')

/** The event loop of one process: continuations run after the event that made them ready, timers when they are due. */
export class Loop {
  readonly #clock: () => number
  #jobs: (() => void)[] = []
  #timers: Timer[] = []
  #alive = true

  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** Runs the coroutine up to its first wait, as an async function. */
  spawn<T>(coroutine: Coroutine<T>): Future<T> {
    const done = new Future<T>()
    const advance = () => {
      let step: IteratorResult<Awaitable, T>
      try {
        step = coroutine.next()
      } catch (error) {
        if (!(error instanceof ExpectedError)) {
          throw error
        }
        done.reject(error)
        return
      }
      if (step.done) {
        done.resolve(step.value)
      } else {
        step.value.whenSettled(() => this.post(advance))
      }
    }
    advance()
    return done
  }

  /** Runs the job before the next event, after the jobs that are ready. */
  post(job: () => void): void {
    if (this.#alive) {
      this.#jobs.push(job)
    }
  }

  /** Runs what is ready, and what that makes ready. */
  drain(): void {
    for (let n = 0; n < this.#jobs.length; n += 1) {
      this.#jobs[n]?.()
      if (n > 10_000) {
        throw new Error('The loop does not come to rest')
      }
    }
    this.#jobs = []
  }

  after(ms: number, ring: () => void): void {
    this.#timers.push({ dueAt: this.#clock() + ms, ring })
  }

  pause(ms: number): Future<void> {
    const future = new Future<void>()
    this.after(ms, () => future.resolve())
    return future
  }

  /** As the future, unless that takes longer. */
  within<T>(future: Future<T>, ms: number): Future<T> {
    const race = new Future<T>()
    future.listen((settled) => race.settle(settled))
    if (!race.settled) {
      this.after(ms, () => race.reject(OVERDUE))
    }
    return race
  }

  /** Rings the timers that are due, each with all that follows from it. */
  ring(): void {
    const now = this.#clock()
    const due = this.#timers.filter(({ dueAt }) => dueAt <= now)
    if (due.length > 0) {
      this.#timers = this.#timers.filter(({ dueAt }) => dueAt > now)
      for (const { ring } of due.sort((a, b) => a.dueAt - b.dueAt)) {
        ring()
        this.drain()
      }
    }
  }

  /** The process is no more. */
  stop(): void {
    this.#alive = false
    this.#jobs = []
    this.#timers = []
  }
}
