import { type ChildProcess, fork } from 'node:child_process'
import { bounded } from './bounded.ts'
import { type ChildMessage, decodeChildMessage } from './child-wire.ts'
import { EventFeed, type Listener } from './event-feed.ts'
import { type ManagedProcess, manage } from './managed-process.ts'
import { PendingCalls } from './pending-calls.ts'
import { track } from './resource.ts'

export interface NodeChildOptions {
  readonly args?: readonly string[]
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>
  /** How long a call, and the start, may take. Default 10000. */
  readonly withinMs?: number
}

/** A Node process of one's own that runs a script which calls `serve()`. */
export interface NodeChild extends ManagedProcess, AsyncDisposable {
  /** Calls a served method; rejects with what it threw, when time is up, or when the process ends first. */
  call(method: string, ...params: unknown[]): Promise<unknown>
  /** Hears what the child emits until the answer is called; events from before the first listener wait for it. */
  onEvent(listener: Listener): () => void
}

/** Starts a script in a process of its own; settles when the script has called `serve()`. */
export async function spawnNode(script: URL | string, options: NodeChildOptions = {}): Promise<NodeChild> {
  const { args = [], env = {}, withinMs = 30_000 } = options
  const child = fork(script, args, {
    env: { ...process.env, ...env },
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const release = track({ what: `node ${script} ${child.pid}`, destroy: () => void child.kill('SIGKILL') })
  child.once('close', release)

  const calls = new PendingCalls()
  const events = new EventFeed()
  const ready = hear(child, calls, events)
  const managed = await manage(child)
  const death = managed.exited.then((how) => new Error(`${script} ended with ${how}\n${managed.output()}`.trim()))
  try {
    const died = death.then((error) => Promise.reject(error))
    await bounded(Promise.race([ready, died]), withinMs, () => `${script} did not call serve()`)
  } catch (error) {
    await managed.kill()
    throw error
  }
  return serving(child, managed, calls, events, death, withinMs)
}

/** Routes what the child sends; settles when it says that it serves. */
function hear(child: ChildProcess, calls: PendingCalls, events: EventFeed): Promise<void> {
  return new Promise((resolve) => {
    const route = (message: ChildMessage) => {
      if (message.kind === 'ready') resolve()
      else if (message.kind === 'result') calls.resolve(message.id, message.value)
      else if (message.kind === 'failure') calls.reject(message.id, message.error)
      else events.push(message.event)
    }
    child.on('message', (raw: unknown) => {
      const message = decodeChildMessage(raw)
      if (message) route(message)
    })
  })
}

function serving(
  child: ChildProcess,
  managed: ManagedProcess,
  calls: PendingCalls,
  events: EventFeed,
  death: Promise<Error>,
  withinMs: number,
): NodeChild {
  let wanted = true
  const reportDeath = (error: Error) => {
    calls.rejectAll(error)
    if (wanted) process.stderr.write(`${error.message}\n`)
  }
  void death.then(reportDeath)

  const stop = () => {
    wanted = false
    return managed.stop()
  }
  return {
    pid: managed.pid,
    get running() {
      return managed.running
    },
    exited: managed.exited,
    output: managed.output,
    pause: managed.pause,
    resume: managed.resume,
    kill() {
      wanted = false
      return managed.kill()
    },
    stop,
    [Symbol.asyncDispose]: stop,
    async call(method, ...params) {
      if (!managed.running) throw await death
      const send = (id: number) => void child.send({ kind: 'call', id, method, params }, () => {})
      return await calls.open(send, withinMs, () => `${method}() was not answered by process ${managed.pid}`)
    },
    onEvent: (listener) => events.listen(listener),
  }
}
