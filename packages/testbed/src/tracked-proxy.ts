import { type Address, type FaultProxy, startProxy as start } from '@rescind/faults'
import { track } from './resource.ts'

/** A fault proxy that a test must give back. */
export async function startProxy(target: Address): Promise<FaultProxy> {
  let proxy: FaultProxy | undefined
  const release = track({
    what: `fault proxy to ${target.host}:${target.port}`,
    destroy: () => void proxy?.close(),
  })
  try {
    proxy = await start(target)
    void proxy.closed.then(release)
    return proxy
  } catch (error) {
    release()
    throw error
  }
}
