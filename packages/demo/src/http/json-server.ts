import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface JsonRequest {
  readonly method: string
  readonly url: URL
  /** The decoded body; undefined when there was none. */
  readonly body: unknown
}

export interface JsonReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

export interface JsonServer {
  readonly port: number
  close(): Promise<void>
}

const bodyLimitBytes = 16 * 1024

/** An HTTP server on a free loopback port that speaks JSON. A handler that rejects makes a 500 with its message. */
export async function serveJson(handle: (request: JsonRequest) => Promise<JsonReply>): Promise<JsonServer> {
  const server = createServer((request, response) => {
    // Never rejects: the answer to a failure is a reply, too.
    void answer(request, response, handle)
  })
  // Longer than anybody waits between two requests: a server that hangs up first may cut one off.
  server.keepAliveTimeout = 120_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handle: (request: JsonRequest) => Promise<JsonReply>,
): Promise<void> {
  const reply = await replyTo(request, handle)
  response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
  response.end(`${JSON.stringify(reply.body)}\n`)
}

async function replyTo(
  request: IncomingMessage,
  handle: (request: JsonRequest) => Promise<JsonReply>,
): Promise<JsonReply> {
  try {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const text = await readBody(request)
    return await handle({ method: request.method ?? 'GET', url, body: text === '' ? undefined : JSON.parse(text) })
  } catch (error) {
    const status = error instanceof SyntaxError ? 400 : 500
    return failure(status, error instanceof Error ? error.message : String(error))
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  request.setEncoding('utf8')
  for await (const chunk of request) {
    text += chunk
    if (text.length > bodyLimitBytes) throw new SyntaxError(`A body may have ${bodyLimitBytes} bytes`)
  }
  return text
}

export function failure(status: number, error: string): JsonReply {
  return { status, body: { error } }
}
