import { seededNumbers, usedBytes } from '@rescind/testbed'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { append, type ModelLog, newLog } from './fixtures/model-log.ts'
import type { LiveEntry } from './log-entry.ts'
import type { Message } from './message.ts'
import { pack } from './msgpack-codec.ts'
import { formatPosition } from './position.ts'
import { Replica } from './replica.ts'
import type { ReplicaEffect, ReplicaEvent } from './replica-event.ts'
import { decodeBroadcast, decodeMessage, encodeMessage } from './wire.ts'

const PAYLOADS = 1_000_000
const MAX_GROWTH = 2 ** 20
const EPOCH = 1_700_000_000_000

function broadcastOf(entry: LiveEntry, message: Message): Buffer {
  const { position, previous, chain, id } = entry
  const fields = [1, formatPosition(position), previous, chain, id].map(pack)
  return Buffer.concat([Buffer.from([0x96]), ...fields, encodeMessage(message)])
}

/** A message of each kind, with a name that occurs in no genuine one. */
function messagesOf(id: string): Message[] {
  const head = { id, origin: 'somebody', sentAt: EPOCH, confirm: false }
  const versions = new Map([['forged', 7n]])
  return [
    { kind: 'invalidate', ...head, items: [{ region: 'r', keys: ['forged', 'x'.repeat(40)] }] },
    { kind: 'invalidate-tags', ...head, tags: ['forged'] },
    { kind: 'clear', ...head, confirm: true, regions: ['forged'] },
    { kind: 'bump', ...head, items: [{ region: 'r', versions }] },
    { kind: 'clear-all', ...head },
  ]
}

/** A replica that has joined a log and applied 20 entries of it; what it asks for, it gets. */
class Target {
  readonly log: ModelLog = newLog(EPOCH)
  readonly replica: Replica = new Replica()
  readonly told: ReplicaEffect[] = []
  forged = 0

  constructor() {
    this.tell({ type: 'connected' })
    this.#beat()
    for (let n = 0; n < 20; n += 1) {
      this.tell({ type: 'heard', entry: append(this.log, `message ${n}`) })
    }
    this.told.length = 0
  }

  tell(event: ReplicaEvent): void {
    for (const effect of this.replica.handle(event)) {
      if (effect.type === 'forged') {
        this.forged += 1
      } else if (effect.type === 'fetch') {
        const { from } = effect
        this.tell({ type: 'page', from, entries: this.log.entries.slice(from.position.seq), full: false })
      } else if (effect.type === 'beat') {
        this.#beat()
      } else {
        this.told.push(effect)
      }
    }
  }

  #beat(): void {
    const state = { tail: this.log.tail, incarnation: this.log.incarnation, beats: 1 }
    this.tell({ type: 'beat', sentAt: 1, appliedAtSend: this.replica.applied, state })
  }
}

/**
 * What a stranger may know: all that was ever published on the channel, and how messages are made, but not the incarnation.
 */
function knownTo(target: Target): Buffer[] {
  const { log } = target
  const stranger: ModelLog = { ...newLog(EPOCH, ''), entries: [...log.entries] }
  const entries = [...log.entries]
  for (const next of [log.tail, newLog(EPOCH + 1, '').tail, newLog(EPOCH - 1, '').tail]) {
    const { epoch, seq } = next.position
    const entry = append({ ...stranger, tail: next, epoch }, 'forged')
    entries.push(entry, { ...entry, position: { epoch, seq }, previous: '', chain: next.chain })
  }
  return [
    ...entries.flatMap((entry) => messagesOf(entry.id).map((message) => broadcastOf(entry, message))),
    ...messagesOf('').flatMap((message) => new Array<Buffer>(10).fill(Buffer.from(encodeMessage(message)))),
  ]
}

type Random = (below: number) => number

/** Noise, or a broadcast with a few bytes changed, cut off, repeated, or with another's in the middle. */
function hostile(known: readonly Buffer[], random: Random): Buffer {
  const one = known[random(known.length)] ?? Buffer.alloc(0)
  const other = known[random(known.length)] ?? Buffer.alloc(0)
  switch (random(8)) {
    case 0:
      return Buffer.from(Array.from({ length: random(60) }, () => random(256)))
    case 1:
      return one.subarray(0, random(one.length))
    case 2: {
      const at = random(Math.min(one.length, other.length))
      return Buffer.concat([one.subarray(0, at), other.subarray(at)])
    }
    case 3:
      return Buffer.concat([one.subarray(0, random(one.length)), other.subarray(random(other.length))])
    case 4:
      return one
    default: {
      const changed = Buffer.from(one)
      for (let changes = 1 + random(4); changes > 0; changes -= 1) {
        changed[random(changed.length)] = random(2) === 0 ? random(256) : 0x80 | random(128)
      }
      return changed
    }
  }
}

describe('A member that hears a million hostile payloads', function () {
  this.timeout(15_000)

  it('throws nothing, keeps nothing, applies nothing, and stays where it was', () => {
    const random = seededNumbers(20_261_121)
    const target = new Target()
    const { applied } = target.replica
    const known = knownTo(target)
    const counts = { broadcasts: 0, messages: 0 }
    const hear = (payload: Buffer) => {
      if (decodeMessage('id', payload)) {
        counts.messages += 1
      }
      const entry = decodeBroadcast(payload)
      if (entry) {
        counts.broadcasts += 1
        target.tell({ type: 'heard', entry })
      }
    }
    for (let n = 0; n < PAYLOADS / 20; n += 1) {
      hear(hostile(known, random))
    }
    const before = usedBytes()
    for (let n = 0; n < PAYLOADS; n += 1) {
      hear(hostile(known, random))
    }
    const grown = usedBytes() - before

    expect(grown, 'bytes more in use').to.be.below(MAX_GROWTH)
    expect([target.told, target.replica.phase]).to.deep.equal([[], 'live'])
    expect(target.replica.applied).to.deep.equal(applied)
    // Enough of them came as far as the replica.
    expect(counts.broadcasts).to.be.above(PAYLOADS / 10)
    expect(counts.messages).to.be.above(PAYLOADS / 20)
    expect(target.forged).to.be.above(PAYLOADS / 100)
    const next = append(target.log, 'next')
    target.tell({ type: 'heard', entry: next })
    expect(target.told).to.deep.equal([{ type: 'apply', message: next.message, position: next.position }])
  })
})
