import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'

const program = join(import.meta.dirname, 'bounded.mjs')

// Each of these would go on for a minute: what they started holds the pipe that is waited for.
describe('a bounded command', () => {
  it('passes its output and its exit code through', async () => {
    expect(await bounded(60, 'echo out; echo err >&2; exit 7').ending).to.deep.equal({ code: 7, output: 'out\nerr\n' })
  })

  it('ends with everything it started', async () => {
    expect(await bounded(60, 'sleep 60 & exit 0').ending).to.deep.equal({ code: 0, output: '' })
  })

  it('is ended when its time is up, though it ignores that', async () => {
    const { code, output } = await bounded(0.3, 'trap "" TERM; sleep 60; sleep 60').ending
    expect(code).to.equal(124)
    expect(output).to.match(/^Took longer than 0.3 s and was ended: sh -c trap/)
  })

  it('is ended with everything it started when the one who waits is told to end', async () => {
    const command = bounded(60, 'sleep 60 & echo started; sleep 60')
    await command.firstOutput
    command.signal('SIGTERM')
    expect(await command.ending).to.deep.equal({ code: 143, output: 'started\n' })
  })

  it('is not there', async () => {
    const missing = collect(spawn(process.execPath, [program, '60', 'no-such-command']))
    expect((await missing.ending).code).to.equal(127)
  })
})

function bounded(seconds, script) {
  return collect(spawn(process.execPath, [program, `${seconds}`, 'sh', '-c', script]))
}

function collect(child) {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  return {
    firstOutput: once(child.stdout, 'data'),
    signal: (name) => child.kill(name),
    ending: once(child, 'close').then(([code]) => ({ code, output })),
  }
}
