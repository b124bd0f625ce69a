import { connect } from 'node:net'
import type { Address } from '@rescind/faults'
import { afterReal } from '@rescind/faults/internal'
import { decodeReply, encodeCommand, type Reply } from './resp.ts'

const replyWithinMs = 5000

/** Sends one command over a connection of its own and answers with the reply; an error reply rejects. */
export function redisCommand(address: Address, args: readonly string[]): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socket = connect(address.port, address.host)
    const describe = `${args[0] ?? 'an empty command'} to redis at ${address.host}:${address.port}`
    let received = Buffer.alloc(0)
    const settle = (reply: Reply) => {
      cancel()
      socket.destroy()
      if (reply instanceof Error) reject(reply)
      else resolve(reply)
    }
    const cancel = afterReal(replyWithinMs, () => settle(new Error(`${describe}: no reply in ${replyWithinMs} ms`)))
    socket.on('connect', () => socket.write(encodeCommand(args)))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      settleIfComplete()
    })
    socket.on('error', (cause) => settle(new Error(`${describe}: ${cause.message}`, { cause })))
    socket.on('close', () => settle(new Error(`${describe}: the connection closed without a reply`)))

    function settleIfComplete(): void {
      try {
        const decoded = decodeReply(received)
        if (decoded) settle(decoded.reply)
      } catch (error) {
        settle(error instanceof Error ? error : new Error(String(error)))
      }
    }
  })
}
