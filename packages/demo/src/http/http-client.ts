import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { machineClockMs } from '../machine-clock.ts'

export interface HttpReply {
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
  /** From sending the request to having read the whole answer. */
  readonly roundTripMs: number
}

/** A request that failed or was answered with something else than 200. */
export class HttpFailed extends Error {
  override readonly name = 'HttpFailed'
}

const timeoutMs = 15_000
const longestPath = 60

/** Requests to one server over connections that are kept open. */
export class HttpClient {
  readonly #origin: string
  readonly #signal: AbortSignal
  readonly #agent: Agent

  constructor(port: number, connections: number, signal: AbortSignal) {
    this.#origin = `http://127.0.0.1:${port}`
    this.#signal = signal
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
  }

  get origin(): string {
    return this.#origin
  }

  get(path: string): Promise<HttpReply> {
    return this.#send('GET', path)
  }

  put(path: string, body: unknown): Promise<HttpReply> {
    return this.#send('PUT', path, JSON.stringify(body))
  }

  close(): void {
    this.#agent.destroy()
  }

  #send(method: string, path: string, body?: string): Promise<HttpReply> {
    const startedAtMs = machineClockMs()
    return new Promise((resolve, reject) => {
      const fail = (cause: Error) => {
        reject(new HttpFailed(`${method} ${this.#origin}${shorten(path)}: ${cause.message}`, { cause }))
      }
      const options = { method, agent: this.#agent, signal: this.#signal, timeout: timeoutMs }
      const sent = request(`${this.#origin}${path}`, options, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.on('error', fail)
        response.on('end', () => {
          if (response.statusCode !== 200) {
            fail(new Error(`${response.statusCode} ${text.trim()}`))
            return
          }
          const roundTripMs = machineClockMs() - startedAtMs
          resolve({ headers: response.headers, body: JSON.parse(text), roundTripMs })
        })
      })
      sent.on('timeout', () => sent.destroy(new Error(`no answer in ${timeoutMs} ms`)))
      sent.on('error', fail)
      sent.end(body)
    })
  }
}

/** Enough of a path to know it by. */
function shorten(path: string): string {
  return path.length <= longestPath ? path : `${path.slice(0, longestPath)}…`
}
