import { expect } from 'chai'
import { describe, it } from 'mocha'
import { applied, flush, joined, told } from './fixtures/messages.ts'
import { write } from './fixtures/records.ts'
import { verdict } from './fixtures/verdict.ts'
import type { FaultRecord, HistoryRecord } from './history.ts'

describe('the rule against false alarms', () => {
  const rules = (history: readonly HistoryRecord[]) => verdict([...joined, ...told, ...history])
  const dropped = flush('n1', 2000, '1-2', 'fork')
  const line = 'false alarm: n1 dropped everything at 2000 ms (fork), and no fault had lost a message'

  it('lets no process drop everything without a reason', () => {
    expect(rules([dropped])).to.deep.equal([line])
    expect(rules([])).to.deep.equal([])
  })

  it('accepts a fault that may have lost messages, until all has settled', () => {
    const fault: FaultRecord = { type: 'fault', what: 'failover', from: 1700, until: 1800 }
    expect(rules([fault, dropped])).to.deep.equal([])
    expect(rules([{ ...fault, until: 1799 }, dropped])).to.deep.equal([line])
    expect(rules([{ ...fault, from: 2001, until: 2002 }, dropped])).to.deep.equal([line])
    expect(rules([{ ...fault, mayFlush: false }, dropped])).to.deep.equal([line])
    const forGood: FaultRecord = { type: 'fault', what: 'failover', from: 1700 }
    expect(rules([forGood, dropped])).to.deep.equal([])
  })

  it('accepts that somebody cleared everything', () => {
    const cleared = write(1999, 2, { committedAt: 1000, how: 'clear', position: '2-0' })
    expect(rules([cleared, flush('n1', 2000, '2-0', 'cleared')])).to.deep.equal([])
  })

  it('lets no process drop what nobody wrote', () => {
    expect(rules([applied('n1', 2000, '1-3')])).to.deep.equal([
      'false alarm: n1 applied the message at 1-3, which belongs to no write',
    ])
    expect(rules([applied('n1', 2000, '2-0')]), 'the opening of an epoch').to.deep.equal([])
  })

  it('accepts a message that was appended once more, where a fault may have lost the one before', () => {
    const fault: FaultRecord = { type: 'fault', what: 'failover', from: 1700, until: 1800 }
    expect(rules([fault, applied('n1', 2000, '1-3')])).to.deep.equal([])
    expect(rules([{ ...fault, mayFlush: false }, applied('n1', 2000, '1-3')])).to.have.length(1)
  })

  it('accepts the first place of a message whose write was acknowledged in a later epoch only', () => {
    const again = write(2600, 3, { invokedAt: 1999, committedAt: 1999, position: '3-1' })
    expect(rules([again, applied('n1', 2000, '1-3')])).to.deep.equal([])
    expect(rules([again, applied('n1', 1998, '1-3')]), 'before it was asked for').to.have.length(1)
    expect(rules([again, applied('n1', 2000, '3-2')]), 'in the same epoch').to.have.length(1)
  })

  it('accepts a message while the place of a write is not known', () => {
    const lost = write(1999, 3)
    expect(rules([lost, applied('n1', 2000, '1-3')])).to.deep.equal([])
    expect(rules([lost, applied('n1', 1998, '1-3')])).to.have.length(1)
  })
})
