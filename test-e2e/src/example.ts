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

/** The code between the markers of a document, as a reader would copy it; of several examples, that of this name. */
export async function exampleIn(document: URL, name = ''): Promise<string> {
  const text = await readFile(document, 'utf8')
  const marked = new RegExp(
    `<!-- example${name && ` ${name}`} -->\\s*\`\`\`ts\n(.*?)\n\`\`\`\\s*<!-- /example -->`,
    's',
  )
  const [, code] = marked.exec(text) ?? []
  if (code === undefined) throw new Error(`${document} has no fenced block of ts between the markers ${name}`)
  return code
}

/**
 * Compiles an example in strict mode, with a database of ours, and runs it; rejects if it does not compile.
 *
 * @param others further servers that the example names, by their URLs there.
 */
export async function runExample(
  code: string,
  redis: { readonly url: string },
  others: Readonly<Record<string, { readonly url: string }>> = {},
): Promise<Ended> {
  let ours = code
  for (const [url, { url: own }] of Object.entries({ [redisUrl]: redis, ...others })) {
    if (code.split(url).length !== 2) throw new Error(`The example does not name ${url} once`)
    ours = ours.replace(url, own)
  }
  const directory = await mkdtemp(join(here, 'example-'))
  try {
    await writeFile(join(directory, 'example.ts'), ours)
    await writeFile(join(directory, 'db.ts'), `export { db } from '../example-db.js'\n`)
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
    const compiled = await runProgram(compiler, ['-p', directory], { withinMs: 60_000 }).ended
    if (compiled.code !== 0) throw new Error(`The example does not compile:\n${compiled.output}`)
    return await runProgram(join(directory, 'example.js'), [], { withinMs: 60_000 }).ended
  } finally {
    await rm(directory, { recursive: true })
  }
}
