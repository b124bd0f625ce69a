import type { NodeChild } from '@rescind/testbed'
import type { Processes } from '../processes.ts'

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

  static async start(target: ProxyTarget, processes: Processes): Promise<ProxyHandle> {
    const child = await processes.start('proxy', './proxy/proxy-process.js')
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
