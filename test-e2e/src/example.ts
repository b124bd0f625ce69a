import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Ended, runProgram } from './program.ts'

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

/** The code between the markers of a document, as a reader would copy it. */
export async function exampleIn(document: URL): Promise<string> {
  const text = await readFile(document, 'utf8')
  const [, code] = /<!-- example -->\s*```ts\n(.*?)\n```\s*<!-- \/example -->/s.exec(text) ?? []
  if (code === undefined) throw new Error(`${document} has no fenced block of ts between the markers`)
  return code
}

/** Compiles an example in strict mode, with a database of ours, and runs it; rejects if it does not compile. */
export async function runExample(code: string, redis: { readonly url: string }): Promise<Ended> {
  if (code.split(redisUrl).length !== 2) throw new Error(`The example does not name ${redisUrl} once`)
  const directory = await mkdtemp(join(here, 'example-'))
  try {
    await writeFile(join(directory, 'example.ts'), code.replace(redisUrl, redis.url))
    await writeFile(join(directory, 'db.ts'), `export { db } from '../example-db.js'\n`)
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
    const compiled = await runProgram(compiler, ['-p', directory], { withinMs: 60_000 }).ended
    if (compiled.code !== 0) throw new Error(`The example does not compile:\n${compiled.output}`)
    return await runProgram(join(directory, 'example.js'), []).ended
  } finally {
    await rm(directory, { recursive: true })
  }
}
