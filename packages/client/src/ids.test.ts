import { expect } from 'chai'
import { describe, it } from 'mocha'
import { STAMP_BYTES } from './envelope.ts'
import { newToken } from './ids.ts'

describe('A token', () => {
  it('is 21 characters of which none has to be escaped', () => {
    for (let n = 0; n < 100; n += 1) {
      expect(newToken())
        .to.match(/^[\w-]+$/)
        .and.to.have.lengthOf(STAMP_BYTES)
    }
  })

  it('is given once, in this process and in all others', async () => {
    // What another process has, or another thread: the module once more.
    const another = async (n: number): Promise<typeof newToken> =>
      (await import(`${new URL('./ids.js', import.meta.url)}?process=${n}`)).newToken
    const makers = [newToken, ...(await Promise.all([1, 2, 3].map(another)))]
    const tokens = makers.flatMap((make) => Array.from({ length: 1_000 }, make))
    expect(new Set(tokens).size).to.equal(tokens.length)
  })
})
