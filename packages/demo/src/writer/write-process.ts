import { createPublisher, type Publisher } from '@rescind/bus'
import { serve } from '@rescind/testbed'
import { ProductTable, type ProductTableOptions } from '../database/product-table.ts'
import { type JsonServer, serveJson } from '../http/json-server.ts'
import { outliveCtrlC } from '../outlive-ctrl-c.ts'
import { writeServer } from './write-server.ts'

/** What the write-service process is told when it starts. */
export interface WriteConfig {
  readonly busName: string
  readonly redisUrl: string
  readonly database: ProductTableOptions
  /** False makes it forget to broadcast. */
  readonly broadcast: boolean
}

let table: ProductTable | undefined
let publisher: Publisher | undefined
let server: JsonServer | undefined

outliveCtrlC()

serve({
  /** Answers with the port it listens on. */
  async start({ busName, redisUrl, database, broadcast }: WriteConfig): Promise<number> {
    table = new ProductTable(database)
    await table.connect()
    if (broadcast) publisher = createPublisher({ name: busName, redis: redisUrl })
    server = await serveJson(writeServer(table, publisher))
    return server.port
  },
  async stop(): Promise<void> {
    await server?.close()
    await publisher?.close()
    await table?.close()
  },
})
