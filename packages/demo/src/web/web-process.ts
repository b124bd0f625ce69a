import { emit, serve } from '@rescind/testbed'
import { type JsonServer, serveJson } from '../http/json-server.ts'
import { machineClockMs } from '../machine-clock.ts'
import { outliveCtrlC } from '../outlive-ctrl-c.ts'
import { Catalogue } from './catalogue.ts'
import type { Drop } from './drop.ts'
import type { WebConfig } from './web-config.ts'
import { webServer } from './web-server.ts'

let catalogue: Catalogue | undefined
let server: JsonServer | undefined

outliveCtrlC()

serve({
  /** Answers with the port it listens on. */
  async start(config: WebConfig): Promise<number> {
    const opened = new Catalogue({ ...config, onDropped: (ids) => reportDrop(opened, ids) })
    catalogue = opened
    await opened.start()
    server = await serveJson(webServer(opened))
    return server.port
  },
  async stop(): Promise<void> {
    await server?.close()
    await catalogue?.close()
  },
})

function reportDrop(from: Catalogue, ids: readonly string[]): void {
  const atMs = machineClockMs()
  const stillHeld = from.held(ids)
  emit({ atMs, ids, stillHeld } satisfies Drop)
}
