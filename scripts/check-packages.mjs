// Packs every published package, looks at what is in it, and uses it as a stranger would.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tryConsumer } from './packages/consumer.mjs'
import { run, runOrThrow } from './packages/run.mjs'
import { problemsIn, readTarball } from './packages/tarball.mjs'
import { publicPackages, root } from './public-packages.mjs'

const bin = (name) => join(root, 'node_modules/.bin', name)
const scratch = mkdtempSync(join(tmpdir(), 'rescind-packages-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1))

const tarballs = {}
const problems = []
for (const { folder, manifest } of publicPackages()) {
  await runOrThrow(join(root, 'scripts/pnpm'), ['pack', '--pack-destination', scratch], { cwd: folder })
  const file = `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`
  tarballs[manifest.name] = join(scratch, file)
  const found = await problemsOf(tarballs[manifest.name])
  problems.push(...found.map((problem) => `${manifest.name}: ${problem}`))
}

if (problems.length === 0) {
  const consumer = {
    folder: join(scratch, 'consumer'),
    tarballs,
    versions: versionsInUse(),
    tsc: bin('tsc'),
    newerNode: 24,
  }
  problems.push(...(await tryConsumer(consumer)))
}
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1

async function problemsOf(tarball) {
  const unpacked = `${tarball}.unpacked`
  mkdirSync(unpacked)
  await runOrThrow('tar', ['-xzf', tarball, '-C', unpacked])
  const lint = await run(bin('publint'), ['run', '--strict', tarball])
  const types = await run(bin('attw'), ['--profile', 'esm-only', '--no-emoji', '--no-color', tarball])
  const tools = [lint, types].filter(({ ok }) => !ok).map(({ output }) => output)
  return [...problemsIn(readTarball(join(unpacked, 'package'))), ...tools]
}

/** What the consumer needs from the registry, in the versions that the workspace is built with. */
function versionsInUse() {
  const read = (path) => JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'))
  const { '@types/node': nodeTypes } = read('.').devDependencies
  const { ioredis } = read('packages/bus').peerDependencies
  return { ioredis, '@types/node': nodeTypes }
}
