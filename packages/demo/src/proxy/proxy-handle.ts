import type { NodeChild } from '@rescind/testbed'
import { startChild } from '../child.ts'
import type { Closing } from '../closing.ts'

export interface ProxyTarget {
  readonly host: string
  readonly port: number
}

/** The process that stands between one web server and Redis. */
export class ProxyHandle {
  readonly host = '127.0.0.1'
  readonly port: number
  readonly #child: NodeChild

  private constructor(port: number, child: NodeChild) {
    this.port = port
    this.#child = child
  }

  static async start(target: ProxyTarget, closing: Closing, signal: AbortSignal): Promise<ProxyHandle> {
    const child = await startChild({ name: 'proxy', script: './proxy/proxy-process.js', closing, signal })
    const { host, port } = target
    return new ProxyHandle(Number(await child.call('start', { host, port })), child)
  }

  /** Closes every connection and accepts none until `heal()`. */
  async cut(): Promise<void> {
    await this.#child.call('cut')
  }

  async heal(): Promise<void> {
    await this.#child.call('heal')
  }
}
