import type { Socket } from 'node:net'
import { afterReal } from './real-clock.ts'

/** What happens to the bytes of one direction of a connection. */
export type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'blackhole' }
  | { readonly kind: 'stall' }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  | { readonly kind: 'torn' }

const highWaterBytes = 1024 * 1024
const tickMs = 20

/** Carries bytes from one socket to another in order, under a fault that may change at any time. */
export class Pipe {
  readonly #source: Socket
  readonly #sink: Socket
  #fault: Fault
  #waiting = Buffer.alloc(0)
  #ending: (() => void) | undefined
  #lossy = false
  #cancelTick: (() => void) | undefined

  constructor(source: Socket, sink: Socket, fault: Fault) {
    this.#source = source
    this.#sink = sink
    this.#fault = fault
    this.#lossy = fault.kind === 'blackhole'
    source.on('data', (chunk) => this.#receive(chunk))
    source.on('end', () => this.#finish(() => sink.end()))
    source.on('close', () => this.#finish(() => sink.destroySoon()))
    sink.on('drain', () => this.#pump())
  }

  /** True once the pipe was black-holed: it carries nothing more, not even the end of the stream. */
  get lossy(): boolean {
    return this.#lossy
  }

  set fault(fault: Fault) {
    this.#fault = fault
    if (fault.kind === 'blackhole') {
      this.#lossy = true
      this.#waiting = Buffer.alloc(0)
    }
    this.#cancelTick?.()
    this.#cancelTick = undefined
    this.#pump()
  }

  close(): void {
    this.#lossy = true
    this.#cancelTick?.()
  }

  #receive(chunk: Buffer): void {
    if (this.#lossy) return
    this.#waiting = Buffer.concat([this.#waiting, chunk])
    this.#pump()
  }

  #finish(ending: () => void): void {
    this.#ending = ending
    this.#pump()
  }

  #pump(): void {
    if (this.#lossy) {
      this.#source.resume()
      return
    }
    if (this.#fault.kind === 'none') this.#write(this.#waiting.length)
    if (this.#fault.kind === 'slow') this.#tick(this.#fault.bytesPerSecond)
    if (this.#fault.kind === 'torn' && this.#waiting.length > 0) this.#tear()
    if (this.#fault.kind !== 'stall' && this.#waiting.length === 0) this.#ending?.()
    // Back pressure reaches the sender, as it would on a slow network.
    if (this.#waiting.length > highWaterBytes) this.#source.pause()
    else this.#source.resume()
  }

  #write(bytes: number): void {
    if (this.#sink.writableNeedDrain || bytes === 0) return
    this.#sink.write(this.#waiting.subarray(0, bytes))
    this.#waiting = this.#waiting.subarray(bytes)
  }

  #tear(): void {
    this.#write(Math.floor(this.#waiting.length / 2))
    this.close()
    this.#sink.destroySoon()
    this.#source.destroy()
  }

  #tick(bytesPerSecond: number): void {
    if (this.#cancelTick !== undefined || this.#waiting.length === 0) return
    const bytes = Math.max(1, Math.round((bytesPerSecond * tickMs) / 1000))
    const waitMs = Math.max(tickMs, 1000 / bytesPerSecond)
    this.#cancelTick = afterReal(waitMs, () => {
      this.#cancelTick = undefined
      this.#write(bytes)
      this.#pump()
    })
  }
}
