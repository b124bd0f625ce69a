import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import sinon from 'sinon'
import { runBench } from './bench.ts'

let directory = ''

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rescind-bench-'))
})

afterEach(() => rm(directory, { recursive: true }))

/** Runs it with this command line, and answers with what it wrote. */
async function run(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const sandbox = sinon.createSandbox()
  const out = sandbox.stub(process.stdout, 'write').returns(true)
  const err = sandbox.stub(process.stderr, 'write').returns(true)
  try {
    const code = await runBench(args)
    const written = (stub: typeof out) => stub.args.map(([text]) => String(text)).join('')
    return { code, out: written(out), err: written(err) }
  } finally {
    sandbox.restore()
  }
}

describe('runBench', () => {
  it('replays the traces that the command line names', async () => {
    await writeFile(join(directory, 'small.trace'), Buffer.alloc(400))
    const { code, out } = await run(['hit-ratio', '--traces', directory, '--json'])
    const lines: unknown[] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(code).to.equal(0)
    expect(lines).to.have.length(12)
    const figure = { name: 'hit-ratio.small.1000', unit: '% hits', better: 'higher' }
    expect(lines[0]).to.deep.equal({ ...figure, ours: 99, peer: 'quick-lru', theirs: 99, ratio: 1 })
  })

  it('says what is wrong with traces as with a command line: in a sentence, and with 2', async () => {
    const { code, out, err } = await run(['hit-ratio', '--traces', directory, '--json'])
    expect({ code, out }).to.deep.equal({ code: 2, out: '' })
    expect(err).to.match(/--traces: \S+ holds no \*\.trace and no \*\.trace\.gz\n$/)
  })

  it('writes a picture of each answer where it is told to', async () => {
    await writeFile(join(directory, 'small.trace'), Buffer.alloc(400))
    const charts = join(directory, 'charts')
    const { out } = await run(['hit-ratio', '--traces', directory, '--charts', charts])
    expect(out).to.include('hit-ratio.small.1000, % hits, higher is better\n  rescind ')
    expect(await readFile(join(charts, 'hit-ratio.svg'), 'utf8')).to.match(
      /^<svg .*hit-ratio\.small\.1000.*<\/svg>\n$/s,
    )
  })

  it('names no Redis among what it was measured on where none was asked for', async () => {
    await writeFile(join(directory, 'small.trace'), Buffer.alloc(400))
    const { out } = await run(['hit-ratio', '--traces', directory])
    expect(out).to.match(/^.+ cores · Node v\S+\n\nfigure /)
  })
})
