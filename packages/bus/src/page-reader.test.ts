import { expect } from 'chai'
import { describe, it } from 'mocha'
import { append, newLog } from './fixtures/model-log.ts'
import { PageReader } from './page-reader.ts'
import type { Session } from './transport.ts'

describe('PageReader', () => {
  it('asks for shorter pages after one that came too late, down to one new entry, and for longer ones again', async () => {
    const log = newLog(1)
    for (let n = 0; n < 600; n += 1) {
      append(log, `${n}`)
    }
    let tooLong = 0
    const asked: number[] = []
    const session: Pick<Session, 'page'> = {
      page: async (_from, count) => {
        asked.push(count)
        if (count > tooLong) {
          throw new Error('late')
        }
        return log.entries.slice(0, count)
      },
    }
    const reader = new PageReader()
    const read = () => reader.read(session as Session, log.tail).catch(() => undefined)
    for (let times = 0; times < 6; times += 1) {
      await read()
    }
    tooLong = 1_000
    const { entries, full } = (await read()) ?? { entries: [], full: false }
    expect([entries.length, full]).to.deep.equal([2, true])
    for (let times = 0; times < 9; times += 1) {
      await read()
    }
    expect(asked).to.deep.equal([64, 16, 4, 2, 2, 2, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512])
  })

  it('asks for pages of about half a mebibyte', async () => {
    const log = newLog(1)
    for (let n = 0; n < 100; n += 1) {
      append(log, `${n}`, 'x'.repeat(100_000))
    }
    const asked: number[] = []
    const session: Pick<Session, 'page'> = {
      page: async (_from, count) => {
        asked.push(count)
        return log.entries.slice(1, 1 + count)
      },
    }
    const reader = new PageReader()
    for (let times = 0; times < 3; times += 1) {
      await reader.read(session as Session, log.tail)
    }
    expect(asked).to.deep.equal([64, 5, 5])
  })
})
