import { connect, type Socket } from 'node:net'
import type { Address } from './address.ts'
import { type Fault, Pipe } from './pipe.ts'

/** One client's connection and the one made for it to the server. */
export interface Link {
  apply(faults: Faults): void
  /** Half of what comes next in this direction is carried, and then both sides are closed. */
  tear(direction: keyof Faults): void
  /** Closes both sides at once; bytes under way are lost. */
  destroy(): void
}

export interface Faults {
  readonly upstream: Fault
  readonly downstream: Fault
}

export function openLink(client: Socket, target: Address, faults: Faults, onClosed: () => void): Link {
  const server = connect({ ...target, allowHalfOpen: true, noDelay: true })
  const upstream = new Pipe(client, server, faults.upstream)
  const downstream = new Pipe(server, client, faults.downstream)
  const destroy = () => {
    upstream.close()
    downstream.close()
    client.destroy()
    server.destroy()
  }

  // Errors are followed by 'close', which is where they are answered.
  server.on('error', () => {})
  client.on('error', () => {})
  client.on('close', () => {
    destroy()
    onClosed()
  })
  client.on('end', () => {
    // Nobody will tell the server, so nobody will answer the client.
    if (upstream.lossy) destroy()
  })
  return {
    apply(next) {
      upstream.fault = next.upstream
      downstream.fault = next.downstream
    },
    tear(direction) {
      const pipe = direction === 'upstream' ? upstream : downstream
      pipe.fault = { kind: 'torn' }
    },
    destroy,
  }
}
