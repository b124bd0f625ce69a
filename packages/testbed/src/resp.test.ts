import { expect } from 'chai'
import { describe, it } from 'mocha'
import { decodeReply, encodeCommand } from './resp.ts'

describe('RESP', () => {
  it('counts bytes, not characters, in a command', () => {
    expect(encodeCommand(['SET', 'ключ', '']).toString()).to.equal('*3\r\n$3\r\nSET\r\n$8\r\nключ\r\n$0\r\n\r\n')
  })

  it('reads every kind of reply, nested too', () => {
    const bytes = '*6\r\n+OK\r\n:-7\r\n$4\r\na\r\nb\r\n$-1\r\n*-1\r\n*2\r\n$0\r\n\r\n*0\r\n'
    expect(decode(bytes)).to.deep.equal({ reply: ['OK', -7, 'a\r\nb', null, null, ['', []]] })
  })

  it('reads an error reply as an error', () => {
    const decoded = decode('-NOAUTH Authentication required.\r\n')
    expect(decoded?.reply).to.be.an('error').with.property('message', 'NOAUTH Authentication required.')
  })

  it('waits for the rest of a reply wherever it was cut', () => {
    for (const whole of ['*3\r\n$4\r\nname\r\n:12\r\n*1\r\n+x\r\n', '$4\r\nname\r\n']) {
      for (let length = 0; length < whole.length; length++) expect(decode(whole.slice(0, length))).to.equal(undefined)
      expect(decode(whole)).to.deep.equal({ reply: whole.startsWith('*') ? ['name', 12, ['x']] : 'name' })
    }
  })

  it('refuses what is not RESP2', () => {
    expect(() => decode('HTTP/1.1 400 Bad Request\r\n')).to.throw('Not a RESP2 reply: "HTTP/1.1 400 Bad Request"')
  })
})

function decode(text: string) {
  return decodeReply(Buffer.from(text))
}
