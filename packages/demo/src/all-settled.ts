/**
 * As `Promise.all`, but rejects only when all have settled: what each of them started is then registered, and can be
 * stopped though another one failed.
 */
export async function allSettled<T extends readonly unknown[]>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises)
  return await Promise.all(promises)
}
