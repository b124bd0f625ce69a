import { expect } from 'chai'
import { beforeEach, describe, it } from 'mocha'
import { firstChain, nextChain } from './chain.ts'
import { append, INCARNATION, type ModelLog, newLog, truncate } from './fixtures/model-log.ts'
import type { LiveEntry, LogEntry, Tail } from './log-entry.ts'
import { Replica } from './replica.ts'
import type { ReplicaEffect } from './replica-event.ts'

describe('Replica', () => {
  let log: ModelLog
  let replica: Replica

  beforeEach(() => {
    log = newLog(1)
    replica = new Replica()
  })

  /** Ids of the messages applied, with `!reason` for a flush and `?` for a request. */
  const told = (effects: readonly ReplicaEffect[]) =>
    effects.map((effect) => {
      switch (effect.type) {
        case 'apply':
          return effect.message.id
        case 'flush':
          return `!${effect.reason}`
        default:
          return `?${effect.type}`
      }
    })
  const hear = (entry: LiveEntry) => told(replica.handle({ type: 'heard', entry }))
  const beat = (sentAt: number, tail: Tail = log.tail, appliedAtSend: Tail | undefined = replica.applied) =>
    told(replica.handle({ type: 'beat', sentAt, appliedAtSend, state: stateOf(tail) }))
  const stateOf = (tail: Tail) => ({ tail, incarnation: log.incarnation, beats: 1 })
  const page = (entries: readonly LogEntry[], full = false, from: Tail | undefined = replica.applied) =>
    told(replica.handle({ type: 'page', from: from ?? log.tail, entries, full }))
  const connect = () => told(replica.handle({ type: 'connected' }))
  const disconnect = () => told(replica.handle({ type: 'disconnected' }))
  const join = () => [...connect(), ...beat(100)]
  const pageFrom = (from: Tail | undefined, count = 512) => {
    const entries = log.entries.filter(({ position }) => position.seq >= (from?.position.seq ?? 0))
    return page(entries.slice(0, count), entries.length >= count, from)
  }

  describe('that joins', () => {
    it('adopts the tail with a flush, and is proven as of when it asked', () => {
      append(log, 'a')
      expect(connect()).to.deep.equal([])
      expect(replica).to.deep.include({ phase: 'joining', applied: undefined })
      expect(replica.provenAt).to.equal(Number.NEGATIVE_INFINITY)
      expect(beat(100)).to.deep.equal(['!joined'])
      expect(replica).to.deep.include({ phase: 'live', applied: log.tail })
      expect(replica.provenAt).to.equal(100)
    })

    it('applies what it heard before the reply was handled, and skips what the tail stands for', () => {
      connect()
      const a = append(log, 'a')
      const { tail } = log
      const b = append(log, 'b')
      expect([a, b, append(log, 'c')].flatMap(hear)).to.deep.equal([])
      expect(beat(100, tail)).to.deep.equal(['!joined', 'b', 'c'])
      expect(replica).to.deep.include({ phase: 'live', applied: log.tail })
      expect(replica.provenAt).to.equal(100)
    })
  })

  describe('that is live', () => {
    beforeEach(() => {
      append(log, 'before')
      join()
    })

    it('applies a message that continues what it applied', () => {
      expect(hear(append(log, 'a'))).to.deep.equal(['a'])
      expect(hear(append(log, 'b'))).to.deep.equal(['b'])
      expect(replica.applied).to.deep.equal(log.tail)
    })

    it('ignores a message that comes again', () => {
      const a = append(log, 'a')
      const b = append(log, 'b')
      expect([a, a, b, a, b].flatMap(hear)).to.deep.equal(['a', 'b'])
      expect(replica.phase).to.equal('live')
    })

    it('ignores a message older than what it adopted, however often it comes, and asks for nothing', () => {
      const old = { ...append(log, 'old'), position: { epoch: 1, seq: 0 }, previous: 'unknown' }
      const older = { ...old, position: { epoch: 0, seq: 7 } }
      expect([old, older, old].flatMap(hear)).to.deep.equal([])
      expect(replica.phase).to.equal('live')
    })

    it('reads the log from what it applied when a message is missing, and applies what was missed in order', () => {
      const from = replica.applied
      append(log, 'a')
      const b = append(log, 'b')
      expect(hear(b)).to.deep.equal(['?fetch'])
      expect(replica.phase).to.equal('syncing')
      expect(hear(append(log, 'c'))).to.deep.equal([])
      expect(pageFrom(from)).to.deep.equal(['a', 'b', 'c'])
      expect(replica).to.deep.include({ phase: 'live', applied: log.tail })
      expect(hear(append(log, 'd'))).to.deep.equal(['d'])
    })

    it('applies, after the last page, what was heard since that page was read', () => {
      const from = replica.applied
      append(log, 'a')
      hear(append(log, 'b'))
      const entries = [...log.entries]
      hear(append(log, 'c'))
      hear(append(log, 'd'))
      expect(page(entries.slice(1), false, from)).to.deep.equal(['a', 'b', 'c', 'd'])
    })

    it('reads page after page while messages come in between, and applies each once', () => {
      const applied: string[] = []
      for (let n = 0; n < 7; n += 1) {
        append(log, `m${n}`)
      }
      applied.push(...hear(append(log, 'last')))
      for (let pages = 0; replica.phase === 'syncing' && pages < 9; pages += 1) {
        const before = replica.applied
        hear(append(log, `during ${pages}`))
        applied.push(...pageFrom(before, 4))
      }
      const ids = log.entries.slice(2).map(({ message }) => message?.id)
      expect(applied.filter((item) => !item.startsWith('?'))).to.deep.equal(ids)
      expect(replica).to.deep.include({ phase: 'live', applied: log.tail })
    })

    it('asks once, and not for ever, when it hears a message that the log does not hold', () => {
      const stray = { ...append(newLog(1), 'stray'), position: { epoch: 1, seq: 99 } }
      expect(hear(stray)).to.deep.equal(['?fetch'])
      expect(pageFrom(replica.applied)).to.deep.equal([])
      expect(replica.phase).to.equal('live')
    })

    it('flushes for a message that it cannot read, and goes on after it', () => {
      const unreadable = append(log, 'of tomorrow', null)
      expect(hear(unreadable)).to.deep.equal(['!unreadable'])
      expect(hear(append(log, 'a'))).to.deep.equal(['a'])
    })

    it('does not take a reused position for the next one: the chain differs', () => {
      for (const id of ['1', '2', '3', '4', '5']) {
        hear(append(log, id))
      }
      const applied = replica.applied
      truncate(log, 3)
      for (const id of ['2b', '3b', '4b', '5b']) {
        append(log, id)
      }
      const six = append(log, '6')
      expect(six.position.seq).to.equal((applied?.position.seq ?? 0) + 1)
      expect(hear(six)).to.deep.equal(['?fetch'])
      expect(pageFrom(applied)).to.deep.equal(['?beat'])
      expect(replica.phase).to.equal('lost')
      expect(beat(200)).to.deep.equal(['!fork'])
      expect(replica).to.deep.include({ phase: 'live', applied: log.tail })
      expect(replica.provenAt).to.equal(200)
    })

    it('does not take an id appended twice at one position for the one it applied', () => {
      hear(append(log, 'a'))
      hear(append(log, 'b'))
      const twice = replica.applied
      truncate(log, 2)
      append(log, 'tag message')
      const again = append(log, 'b')
      expect(again.position).to.deep.equal(twice?.position)
      expect(hear(again)).to.deep.equal(['?fetch'])
      expect(pageFrom(twice)).to.deep.equal(['?beat'])
      expect(beat(200)).to.deep.equal(['!fork'])
    })

    it('keeps what it holds until it adopts the tail, and flushes in that very event', () => {
      hear(append(log, 'a'))
      const from = replica.applied
      truncate(log, 1)
      append(log, 'x')
      append(log, 'y')
      expect(hear(append(log, 'z'))).to.deep.equal(['?fetch'])
      expect(pageFrom(from)).to.deep.equal(['?beat'])
      expect(replica.applied).to.deep.equal(from)
      const effects = replica.handle({ type: 'beat', sentAt: 300, appliedAtSend: from, state: stateOf(log.tail) })
      expect(effects).to.deep.equal([{ type: 'flush', reason: 'fork', position: log.tail.position }])
      expect(replica.applied).to.deep.equal(log.tail)
    })

    it('is proven as of when the beat was sent, and never earlier than before', () => {
      hear(append(log, 'a'))
      beat(250)
      expect(replica.provenAt).to.equal(250)
      beat(240)
      expect(replica.provenAt).to.equal(250)
    })

    it('is proven by a tail that it has passed since, and by none that it has not reached', () => {
      const { tail } = log
      hear(append(log, 'a'))
      expect(beat(200, tail, tail)).to.deep.equal([])
      expect(replica.provenAt).to.equal(200)
      append(log, 'missed')
      expect(beat(300)).to.deep.equal(['?fetch'])
      expect(replica.provenAt).to.equal(200)
      expect(pageFrom(replica.applied)).to.deep.equal(['missed'])
      expect(replica.provenAt).to.equal(300)
    })

    it('is not proven by a tail whose position it passed under another chain', () => {
      const from = replica.applied
      append(log, 'a')
      const other = { position: log.tail.position, chain: 'of another log' }
      expect(beat(300, other)).to.deep.equal(['?fetch'])
      expect(pageFrom(from)).to.deep.equal(['a'])
      expect(replica.provenAt).to.equal(100)
    })

    it('flushes when the tail is behind what was applied when it asked: the log lost something', () => {
      hear(append(log, 'a'))
      const applied = replica.applied
      truncate(log, 2)
      expect(beat(300, log.tail, applied)).to.deep.equal(['!fork'])
      expect(replica.applied).to.deep.equal(log.tail)
    })

    it('flushes when the tail stands at an applied position under another chain', () => {
      hear(append(log, 'a'))
      const { tail } = log
      expect(beat(300, { position: tail.position, chain: 'another' })).to.deep.equal(['!fork'])
    })

    it('adopts a new epoch with one flush, and hears its messages', () => {
      log = newLog(5)
      const a = append(log, 'a')
      expect(hear(a)).to.deep.equal(['?beat'])
      const stale = replica.applied
      expect(beat(300, { position: { epoch: 5, seq: 0 }, chain: log.entries[0]?.chain ?? '' })).to.deep.equal([
        '!epoch',
      ])
      expect(page([], false, stale)).to.deep.equal([])
      expect(hear(a)).to.deep.equal(['a'])
      expect(replica).to.deep.include({ phase: 'live', applied: log.tail })
    })

    it('flushes when the log was trimmed past it', () => {
      const from = replica.applied
      for (const id of ['a', 'b', 'c']) {
        append(log, id)
      }
      log.entries.splice(0, 4)
      hear(append(log, 'd'))
      expect(pageFrom(from)).to.deep.equal(['?beat'])
      expect(beat(300)).to.deep.equal(['!fork'])
      expect(replica).to.deep.include({ phase: 'live', applied: log.tail })
    })

    it('flushes when an entry was deleted out of the middle of what it missed', () => {
      const from = replica.applied
      for (const id of ['a', 'deleted', 'c']) {
        append(log, id)
      }
      log.entries.splice(3, 1)
      hear(append(log, 'd'))
      expect(pageFrom(from)).to.deep.equal(['?beat'])
      expect(beat(300)).to.deep.equal(['!fork'])
    })

    it('does not go on after a message that fits by its chain but not by its number: one was deleted in between', () => {
      append(log, 'deleted')
      const previous = replica.applied?.chain ?? ''
      const next = { ...append(log, 'a'), previous, chain: nextChain(INCARNATION, previous, 'a') }
      log.entries.splice(-2, 1)
      const from = replica.applied
      expect(hear(next)).to.deep.equal(['?fetch'])
      expect(pageFrom(from)).to.deep.equal(['?beat'])
      expect(beat(300)).to.deep.equal(['!fork'])
    })

    it('ignores, and tells of, what does not come from the log', () => {
      const { position, chain } = log.tail
      const message = append(newLog(9), 'x').message
      const next = { position: { epoch: 1, seq: position.seq + 1 }, previous: chain, id: 'x', message }
      const forgeries = [
        { ...next, chain: 'made up' },
        { ...next, chain: nextChain('another server', chain, 'x') },
        { ...next, chain: nextChain(INCARNATION, chain, 'y') },
        { ...next, chain: 'made up', position: { epoch: 1, seq: 99 } },
        { ...next, chain: 'made up', position },
      ]
      for (const forged of forgeries) {
        expect(hear(forged)).to.deep.equal(['?forged'])
        expect(replica).to.deep.include({ phase: 'live', applied: { position, chain } })
      }
    })

    it('enters a new epoch of the same server at once: everything was cleared, or the log was lost', () => {
      const opens = (epoch: number, message?: LiveEntry['message']): LiveEntry => ({
        position: { epoch, seq: 0 },
        chain: firstChain(INCARNATION, epoch, message?.id ?? ''),
        previous: '',
        id: message?.id ?? '',
        message,
      })
      const clear = { kind: 'clear-all', id: 'c', origin: 'o', sentAt: 0, confirm: false } as const
      expect(hear(opens(5, clear))).to.deep.equal(['!cleared'])
      expect(hear(opens(6))).to.deep.equal(['!epoch', '?beat'])
      expect(replica).to.deep.include({
        phase: 'live',
        applied: { position: { epoch: 6, seq: 0 }, chain: firstChain(INCARNATION, 6, '') },
      })
      expect(replica.provenAt).to.equal(100)
    })

    it('asks, and changes nothing, when it hears of an epoch of a server that it has not met', () => {
      const before = replica.applied
      const opens = {
        position: { epoch: 7, seq: 0 },
        chain: firstChain('another', 7, ''),
        previous: '',
        id: '',
        message: undefined,
      }
      expect(hear(opens)).to.deep.equal(['?beat'])
      expect(beat(300)).to.deep.equal([])
      expect(replica).to.deep.include({ phase: 'live', applied: before })
    })

    it('flushes for its own clear at once, whatever it is doing', () => {
      const clear = { kind: 'clear-all', id: 'c', origin: 'o', sentAt: 0, confirm: false } as const
      const entry = {
        position: { epoch: 5, seq: 0 },
        chain: firstChain(INCARNATION, 5, 'c'),
        previous: '',
        id: 'c',
        message: clear,
      }
      disconnect()
      expect(told(replica.handle({ type: 'appended', entry }))).to.deep.equal(['!cleared'])
      connect()
      expect(beat(300, entry)).to.deep.equal(['!epoch'])
      expect(told(replica.handle({ type: 'appended', entry }))).to.deep.equal([])
    })

    it('knows which messages have taken effect', () => {
      const { position, chain } = append(log, 'a')
      expect(replica.covers(position, chain.slice(0, 8))).to.equal(false)
      hear(log.entries.at(-1) as LiveEntry)
      expect(replica.covers(position, chain.slice(0, 8))).to.equal(true)
      expect(replica.covers(position, 'ffffffff')).to.equal(false)
      expect(replica.covers({ epoch: 0, seq: 9 }, 'ffffffff')).to.equal(true)
      expect(replica.covers({ epoch: 2, seq: 0 }, chain.slice(0, 8))).to.equal(false)
    })

    it('goes by its own entry, though it has yet to apply what is before it', () => {
      append(log, 'missed')
      const own = append(log, 'own')
      const from = replica.applied
      replica.handle({ type: 'appended', entry: own })
      expect(replica.footing).to.deep.include({ position: own.position, chain: own.chain })
      pageFrom(from)
      expect(replica.footing).to.equal(replica.applied)
    })

    it('is never proven again once it has retired', () => {
      append(log, 'a')
      beat(300)
      replica.retire()
      pageFrom(replica.applied)
      beat(400)
      log = newLog(5)
      beat(500)
      expect(replica.provenAt).to.equal(Number.NEGATIVE_INFINITY)
    })

    it('has one page under way at a time', () => {
      append(log, 'a')
      expect(beat(300)).to.deep.equal(['?fetch'])
      append(log, 'b')
      expect(beat(400)).to.deep.equal([])
      expect(hear(append(log, 'c'))).to.deep.equal([])
      expect(pageFrom(replica.applied)).to.deep.equal(['a', 'b', 'c'])
      expect(replica.provenAt).to.equal(400)
    })

    it('ignores a page of the log that it has left since', () => {
      const stale = replica.applied
      append(log, 'a')
      beat(300)
      const { entries } = log
      log = newLog(5)
      expect(beat(400)).to.deep.equal(['!epoch'])
      append(log, 'b')
      expect(beat(500)).to.deep.equal(['?fetch'])
      const from = replica.applied
      expect(page(entries.slice(1), false, stale)).to.deep.equal([])
      expect(pageFrom(from)).to.deep.equal(['b'])
      expect(replica.provenAt).to.equal(500)
    })

    it('ignores a page that it no longer waits for', () => {
      const from = replica.applied
      append(log, 'a')
      hear(append(log, 'b'))
      const entries = log.entries.slice(1)
      disconnect()
      expect(page(entries, false, from)).to.deep.equal([])
      connect()
      expect(page(entries, false, from)).to.deep.equal([])
      expect(replica.applied).to.deep.equal(from)
    })

    it('applies its own entry with the reply if that comes before the broadcast, and once', () => {
      const entry = append(log, 'own')
      expect(told(replica.handle({ type: 'appended', entry }))).to.deep.equal(['own'])
      expect(hear(entry)).to.deep.equal([])
      expect(replica.applied).to.deep.equal(log.tail)
    })

    it('does not apply its own entry again with a reply that comes after the broadcast', () => {
      const entry = append(log, 'own')
      expect(hear(entry)).to.deep.equal(['own'])
      expect(told(replica.handle({ type: 'appended', entry }))).to.deep.equal([])
    })

    it('applies its own entry at once though others before it are missing, and those when they come', () => {
      const from = replica.applied
      append(log, 'missed')
      const entry = append(log, 'own')
      expect(told(replica.handle({ type: 'appended', entry }))).to.have.members(['own', '?fetch'])
      expect(pageFrom(from)).to.deep.equal(['missed', 'own'])
    })

    it('flushes for its own entry at a place that it has passed: what it holds only seems to have seen it', () => {
      const own = append(log, 'own')
      append(log, 'a')
      append(log, 'b')
      disconnect()
      connect()
      beat(300, { position: { epoch: 1, seq: 50 }, chain: 'far ahead' }, undefined)
      page([])
      beat(301, { position: { epoch: 1, seq: 50 }, chain: 'far ahead' })
      expect(replica.phase).to.equal('live')
      expect(told(replica.handle({ type: 'appended', entry: own }))).to.deep.equal(['!fork'])
      expect(replica.phase).to.equal('live')
    })

    it('applies its own entry at once while it is disconnected, joining or syncing', () => {
      append(log, 'missed')
      const own = (id: string) => told(replica.handle({ type: 'appended', entry: append(log, id) }))
      disconnect()
      expect(own('down')).to.deep.equal(['down'])
      connect()
      expect(own('joining')).to.deep.equal(['joining'])
      const from = replica.applied
      expect(beat(300)).to.deep.equal(['?fetch'])
      expect(own('syncing')).to.deep.equal(['syncing'])
      expect(pageFrom(from)).to.deep.equal(['missed', 'down', 'joining', 'syncing'])
    })

    it('keeps what it holds over a disconnection in which nothing was published', () => {
      const applied = replica.applied
      expect(disconnect()).to.deep.equal([])
      expect(replica).to.deep.include({ phase: 'down', applied })
      expect(replica.provenAt).to.equal(100)
      expect(connect()).to.deep.equal([])
      expect(beat(300)).to.deep.equal([])
      expect(replica).to.deep.include({ phase: 'live', applied })
      expect(replica.provenAt).to.equal(300)
    })

    it('applies, once it has joined again, what it heard before the reply was handled', () => {
      disconnect()
      connect()
      const { tail } = log
      expect(hear(append(log, 'a'))).to.deep.equal([])
      expect(beat(300, tail)).to.deep.equal(['a'])
      expect(replica).to.deep.include({ phase: 'live', applied: log.tail })
      expect(replica.provenAt).to.equal(300)
    })

    it('keeps what it holds over a disconnection, and catches up by the log', () => {
      disconnect()
      append(log, 'a')
      append(log, 'b')
      connect()
      const from = replica.applied
      expect(beat(300)).to.deep.equal(['?fetch'])
      expect(replica.provenAt).to.equal(100)
      expect(pageFrom(from)).to.deep.equal(['a', 'b'])
      expect(replica).to.deep.include({ phase: 'live', applied: log.tail })
      expect(replica.provenAt).to.equal(300)
    })

    it('drops the proofs that it waited for when it is disconnected', () => {
      append(log, 'a')
      beat(300)
      disconnect()
      connect()
      beat(200)
      pageFrom(replica.applied)
      expect(replica.provenAt).to.equal(200)
    })

    it('survives more messages than it keeps while a page is under way', () => {
      const from = replica.applied
      const applied = new Set<string>()
      append(log, 'missed')
      hear(append(log, 'first'))
      const entries = log.entries.slice(1)
      for (let n = 0; n < 10_000; n += 1) {
        hear(append(log, `m${n}`))
      }
      const note = (items: string[]) => {
        for (const item of items) {
          applied.add(item)
        }
      }
      note(page(entries, false, from))
      for (let pages = 0; replica.phase === 'syncing' && pages < 30; pages += 1) {
        note(pageFrom(replica.applied))
      }
      expect(replica).to.deep.include({ phase: 'live', applied: log.tail })
      expect([...applied].filter((item) => item.startsWith('m')).length).to.equal(10_001)
      expect([...applied].filter((item) => item.startsWith('!'))).to.deep.equal([])
    })
  })
})
