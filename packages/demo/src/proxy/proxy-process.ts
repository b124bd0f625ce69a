import { type FaultProxy, serve, startProxy } from '@rescind/testbed'
import { outliveCtrlC } from '../outlive-ctrl-c.ts'
import type { ProxyTarget } from './proxy-handle.ts'

/** The fault proxy in a process of its own: in that of the demo it would wait for the demo's thousand requests. */

let proxy: FaultProxy | undefined

outliveCtrlC()

serve({
  /** Answers with the port it listens on. */
  async start(target: ProxyTarget): Promise<number> {
    proxy = await startProxy(target)
    return proxy.port
  },
  /** Closes every connection and accepts none. */
  cut(): void {
    proxy?.refuse()
    proxy?.cut()
  },
  /** Accepts connections again. */
  heal(): void {
    proxy?.heal()
  },
  async stop(): Promise<void> {
    await proxy?.close()
  },
})
