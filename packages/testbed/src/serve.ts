import { type Call, type ChildMessage, decodeCall, plainError } from './child-wire.ts'

/** Functions a parent may call by name; their parameters and results are copied as `structuredClone` would. */
export type Methods = Readonly<Record<string, (...params: never[]) => unknown>>

/**
 * The child's half of `spawnNode`: answers the parent's calls, and exits when the parent is gone, so that a child never
 * outlives the test that started it.
 */
export function serve(methods: Methods): void {
  if (process.send === undefined) throw new Error('serve() is for a process started by spawnNode()')
  process.once('disconnect', () => process.exit())
  if (!process.connected) process.exit()
  process.on('message', (message: unknown) => {
    const call = decodeCall(message)
    if (call) void answer(methods, call)
  })
  send({ kind: 'ready' })
}

/** Tells the parent something it did not ask for. */
export function emit(event: unknown): void {
  send({ kind: 'event', event })
}

async function answer(methods: Methods, call: Call): Promise<void> {
  const { id, method, params } = call
  try {
    if (!Object.hasOwn(methods, method)) throw new Error(`The child serves no method '${method}'`)
    const value: unknown = await Reflect.apply(methods[method] ?? noMethod, undefined, params)
    send({ kind: 'result', id, value })
  } catch (error) {
    send({ kind: 'failure', id, error: plainError(error) })
  }
}

function noMethod(): void {}

function send(message: ChildMessage): void {
  // A parent that is gone is answered by 'disconnect', not by an error here.
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}
