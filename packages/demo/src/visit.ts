import { once } from 'node:events'
import type { Stage } from './shop.ts'

/** Leaves everything running for the visitor, with addresses to try, until the signal. */
export async function invite({ webs, writer, screen, signal }: Stage): Promise<void> {
  const [first] = webs
  screen.line()
  screen.line('Everything is running. Try:')
  screen.line()
  for (const { name, origin } of webs) screen.line(`curl -i ${origin}/products/42     # ${name}`)
  screen.line(`curl -i -X PUT -d '{"priceCents": 1999}' ${writer.origin}/products/42/price`)
  if (first !== undefined) screen.line(`curl ${first.origin}/stats`)
  screen.line()
  screen.line('Ctrl-C ends it.')
  if (!signal.aborted) await once(signal, 'abort')
}
