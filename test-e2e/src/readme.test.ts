import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type RedisServer, startRedis } from '@rescind/testbed'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { runProgram } from './program.ts'

const readme = new URL('../../README.md', import.meta.url)
const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))
const here = fileURLToPath(new URL('.', import.meta.url))
const redisUrl = 'redis://127.0.0.1:6379'
/** What a careful user would have; the declarations of the packages are checked, too. */
const compilerOptions = {
  target: 'es2022',
  module: 'nodenext',
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true,
}

describe('the example of the README', () => {
  let redis: RedisServer
  let directory: string

  before(async () => {
    redis = await startRedis()
    directory = await mkdtemp(join(here, 'example-'))
  })

  after(async () => {
    await rm(directory, { recursive: true })
    await redis.stop()
  })

  it('is at most 15 lines long', async () => {
    expect((await example()).split('\n')).to.have.length.of.at.most(15)
  })

  it('compiles in strict mode, prints the value from before and after the change, and exits', async () => {
    const code = await example()
    expect(code.split(redisUrl), `occurrences of ${redisUrl}`).to.have.lengthOf(2)
    await writeFile(join(directory, 'example.ts'), code.replace(redisUrl, redis.url))
    await writeFile(join(directory, 'db.ts'), `export { db } from '../example-db.js'\n`)
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions }))

    const compiled = await runProgram(compiler, ['-p', directory], { withinMs: 60_000 }).ended
    expect(compiled).to.deep.equal({ code: 0, output: '' })

    const ran = await runProgram(join(directory, 'example.js'), []).ended
    const printed = [`{ id: '42', brandId: '7', price: 2499 }`, `{ id: '42', brandId: '7', price: 1999 }`]
    expect(ran).to.deep.equal({ code: 0, output: printed.join('\n') })
  }).timeout(90_000)
})

/** The code between the markers, as a reader would copy it. */
async function example(): Promise<string> {
  const text = await readFile(readme, 'utf8')
  const [, code] = /<!-- example -->\s*```ts\n(.*?)\n```\s*<!-- \/example -->/s.exec(text) ?? []
  expect(code, 'a fenced block of ts between the markers').to.be.a('string')
  return code ?? ''
}
