import { expect } from 'chai'
import { describe, it } from 'mocha'
import { RateSearch } from './rate-search.ts'

describe('RateSearch', () => {
  it('is content with as much as there is, if that is sustained', () => {
    const search = new RateSearch()
    expect(search.next).to.equal(Number.POSITIVE_INFINITY)
    search.report(true, 30_000)
    expect(search.next).to.equal(undefined)
    expect(search.found).to.equal(Number.POSITIVE_INFINITY)
  })

  it('else goes by halves between what is too much and what is not', () => {
    const search = new RateSearch()
    search.report(false, 16_000)
    const tried: number[] = []
    for (let next = search.next; next !== undefined; next = search.next) {
      tried.push(next)
      search.report(next <= 11_000, next)
    }
    expect(tried).to.deep.equal([8_000, 12_000, 10_000, 11_000])
    expect(search.found).to.equal(11_000)
  })

  it('finds nothing where nothing is sustained', () => {
    const search = new RateSearch()
    while (search.next !== undefined) search.report(false, 16_000)
    expect(search.found).to.equal(0)
  })
})
