import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { describe, it } from 'mocha'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js')

describe('a test run', () => {
  it('fails for what a test and a suite never gave back, names both, and runs the tests that follow', async () => {
    const run = await runFixture('leaking-tests')
    expect(run.output).to.match(
      /leaking tests keeps a process never gave back: node \S+ \d+, acquired at .*leaking-tests.js/,
    )
    expect(run.output).to.match(/A suite never gave back: fault proxy to 127.0.0.1:9, acquired at .*leaking-tests.js/)
    expect(run.output).to.include('✔ gives back what it took')
    expect(run).to.include({ results: '2 1\n', code: 1 })
  })

  it('fails when something keeps its process alive, and says what', async () => {
    const run = await runFixture('hanging-test')
    expect(run.output).to.match(/something keeps the process alive: .*Timeout/)
    expect(run).to.include({ results: '1 0\n0 1\n', code: 1 })
  })

  it('fails the test in which a promise rejects with nobody to handle it', async () => {
    const run = await runFixture('floating-test')
    expect(run.output).to.include('Uncaught Error: afloat')
    expect(run).to.include({ results: '1 1\n', code: 1 })
  })

  it('fails when that happens after the last test', async () => {
    const run = await runFixture('late-floating-test')
    expect(run.output).to.include('Error: late')
    expect(run.code).not.to.equal(0)
  })

  it('fails when there was no test to run', async () => {
    expect((await runFixture('no-test')).code).not.to.equal(0)
  })
})

interface Run {
  readonly code: number
  readonly output: string
  /** What the reporter wrote for whoever adds up the results. */
  readonly results: string
}

async function runFixture(name: string): Promise<Run> {
  const directory = await mkdtemp(join(tmpdir(), 'rescind-run-'))
  const results = join(directory, 'results')
  const fixture = fileURLToPath(new URL(`./fixtures/${name}.js`, import.meta.url))
  const env = { ...process.env, RESCIND_RESULTS: results }
  try {
    const { code, output } = await runMocha(fixture, env)
    return { code, output, results: await readFile(results, 'utf8') }
  } finally {
    await rm(directory, { recursive: true })
  }
}

function runMocha(fixture: string, env: NodeJS.ProcessEnv): Promise<Pick<Run, 'code' | 'output'>> {
  const args = [mocha, '--no-color', '--config', join(root, '.mocharc.json'), fixture]
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd: root, env, timeout: 15_000 }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr })
    })
  })
}
