/** What the parent sends to a child that serves. */
export interface Call {
  readonly kind: 'call'
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

/** What a child that serves sends to its parent. */
export type ChildMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: PlainError }
  | { readonly kind: 'event'; readonly event: unknown }

/** The fields of an error that cross a process boundary. */
export interface PlainError {
  readonly name: string
  readonly message: string
  readonly code: string | undefined
}

/** Whatever else crosses the channel is not ours and decodes to nothing. */
export function decodeCall(message: unknown): Call | undefined {
  if (!isRecord(message)) return undefined
  const { kind, id, method, params } = message
  if (kind !== 'call' || typeof id !== 'number' || typeof method !== 'string' || !Array.isArray(params))
    return undefined
  return { kind: 'call', id, method, params }
}

export function decodeChildMessage(message: unknown): ChildMessage | undefined {
  if (!isRecord(message)) return undefined
  const { kind, id, value, error, event } = message
  if (kind === 'ready') return { kind }
  if (kind === 'event') return { kind, event }
  if (typeof id !== 'number') return undefined
  if (kind === 'result') return { kind, id, value }
  if (kind === 'failure') return { kind, id, error: plainError(error) }
  return undefined
}

/** The plain fields of anything thrown. */
export function plainError(thrown: unknown): PlainError {
  if (!isRecord(thrown)) return { name: 'Error', message: String(thrown), code: undefined }
  const { name, message, code } = thrown
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : String(message),
    code: typeof code === 'string' ? code : undefined,
  }
}

/** An error to throw on this side, with the name, message and code of the one on the other. */
export function toError(plain: PlainError): Error {
  const error = new Error(plain.message)
  error.name = plain.name
  return plain.code === undefined ? error : Object.assign(error, { code: plain.code })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
