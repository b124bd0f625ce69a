/** The error a promise rejects with; rejects itself when the promise does not. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    if (error instanceof Error) return error
    throw new Error('Rejected with something that is not an Error', { cause: error })
  }
  throw new Error(`Expected a rejection, got ${String(value)}`)
}
