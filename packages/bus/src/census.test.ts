import { expect } from 'chai'
import { describe, it } from 'mocha'
import { boundOf, Census } from './census.ts'
import type { BeatReply, Member } from './transport.ts'

const B = 1_000

describe('Census', () => {
  const reply = (born: string, ...members: readonly Member[]): BeatReply => ({
    tail: { position: { epoch: 1, seq: 0 }, chain: '' },
    incarnation: '',
    beats: 1,
    born,
    settled: false,
    members,
  })
  const member = (id: string, beats: number, boundMs: number | string = B): Member => {
    return { id, mark: `${beats} 1-0 ${boundMs}` }
  }
  const ids = (members: readonly Member[]) => members.map(({ id }) => id)

  it('calls a member gone that has not beaten for twice the bound since it was first seen so, and names that mark', () => {
    const census = new Census(B)
    census.note(reply('h', member('n', 1)), 0)
    census.note(reply('h', member('n', 1)), 2 * B - 1)
    expect(census.gone(2 * B - 1)).to.deep.equal([])
    expect(census.gone(2 * B)).to.deep.equal([member('n', 1)])
  })

  it('begins anew with each beat of a member', () => {
    const census = new Census(B)
    census.note(reply('h', member('n', 1), member('m', 2)), 0)
    census.note(reply('h', member('n', 3), member('m', 2)), 1_500)
    expect(ids(census.gone(2 * B))).to.deep.equal(['m'])
    expect(ids(census.gone(3_499))).to.deep.equal(['m'])
    expect(ids(census.gone(3_500))).to.deep.equal(['n', 'm'])
  })

  it('goes on watching while replies list nobody, which they mostly do', () => {
    const census = new Census(B)
    census.note(reply('h', member('n', 1)), 0)
    census.note(reply('h'), B)
    expect(ids(census.gone(2 * B))).to.deep.equal(['n'])
  })

  it('forgets whom the others have taken out', () => {
    const census = new Census(B)
    census.note(reply('h', member('n', 1), member('m', 1)), 0)
    census.note(reply('h', member('m', 1)), B)
    expect(ids(census.gone(2 * B))).to.deep.equal(['m'])
  })

  it('waits twice the bound of the member where that is longer than its own', () => {
    const census = new Census(B)
    census.note(reply('h', member('long', 1, 3 * B), member('short', 1, 10), member('loose', 1, 0)), 0)
    expect(ids(census.gone(2 * B))).to.deep.equal(['short', 'loose'])
    expect(ids(census.gone(6 * B - 1))).to.deep.equal(['short', 'loose'])
    expect(ids(census.gone(6 * B))).to.deep.equal(['long', 'short', 'loose'])
  })

  it('says that it has watched a history after twice the bound, and not before', () => {
    const census = new Census(B)
    expect(census.watched(10 * B)).to.equal('')
    census.note(reply('h'), 100)
    expect(census.watched(100 + 2 * B - 1)).to.equal('')
    census.note(reply('h'), 100 + B)
    expect(census.watched(100 + 2 * B)).to.equal('h')
  })

  it('begins anew with each history, with the members too', () => {
    const census = new Census(B)
    census.note(reply('h', member('n', 1)), 0)
    census.note(reply('i'), 2 * B)
    expect([census.watched(2 * B), census.gone(2 * B)]).to.deep.equal(['', []])
    census.note(reply('h', member('n', 1)), 3 * B)
    expect([census.watched(5 * B - 1), census.gone(5 * B - 1)]).to.deep.equal(['', []])
    expect([census.watched(5 * B), ids(census.gone(5 * B))]).to.deep.equal(['h', ['n']])
  })

  it('watches a new history for as long as the longest bound needs that it has ever seen: its owner may still serve', () => {
    const census = new Census(B)
    census.note(reply('h', member('long', 1, 5 * B)), 0)
    census.note(reply('h', member('short', 2)), 10)
    census.note(reply('i'), 100)
    expect(census.watched(100 + 10 * B - 1)).to.equal('')
    expect(census.watched(100 + 10 * B)).to.equal('i')
  })

  it('takes a mark that it cannot read for one of a member that is not strict, and forgets it as any other', () => {
    for (const mark of ['', '7', '7 1-0', '7 1-0 soon', '7 1-0 -5', '7 1-0 Infinity', '7 1-0 NaN']) {
      expect(boundOf({ id: 'n', mark }), mark).to.equal(0)
      const census = new Census(B)
      census.note(reply('h', { id: 'n', mark }), 0)
      expect(census.watched(2 * B), mark).to.equal('h')
      expect(ids(census.gone(2 * B)), mark).to.deep.equal(['n'])
    }
    expect(boundOf(member('n', 1, 5_000))).to.equal(5_000)
  })
})
