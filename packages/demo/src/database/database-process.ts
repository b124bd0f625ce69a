import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { serve } from '@rescind/testbed'
import { outliveCtrlC } from '../outlive-ctrl-c.ts'

/** PostgreSQL in a process of its own: PGlite, in memory, behind the wire protocol. */

const maxConnections = 64
const closing: (() => Promise<void>)[] = []

outliveCtrlC()

serve({
  /** Answers with the port it listens on. */
  async start(): Promise<number> {
    const database = await PGlite.create()
    closing.unshift(() => database.close())
    const server = new PGLiteSocketServer({ db: database, host: '127.0.0.1', port: 0, maxConnections })
    await server.start()
    closing.unshift(() => server.stop())
    const [, port] = server.getServerConn().split(':')
    return Number(port)
  },
  async stop(): Promise<void> {
    for (const step of closing.splice(0)) await step()
  },
})
