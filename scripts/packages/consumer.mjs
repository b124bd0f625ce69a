import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './run.mjs'

const tsconfig = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    types: ['node'],
  },
  files: ['consumer.ts'],
}

/**
 * Installs tarballs into an empty project as their users would, compiles a program against their types and runs it, on
 * this Node and on a newer one.
 *
 * @returns {Promise<string[]>} what went wrong
 */
export async function tryConsumer({ folder, tarballs, versions, tsc, newerNode }) {
  mkdirSync(folder)
  const local = Object.fromEntries(Object.entries(tarballs).map(([name, path]) => [name, `file:${path}`]))
  const manifest = { name: 'consumer', private: true, type: 'module', dependencies: { ...local, ...versions } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
  copyFileSync(join(import.meta.dirname, 'consumer.ts'), join(folder, 'consumer.ts'))

  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--prefer-offline']
  for (const [command, ...args] of [
    ['npm', 'install', '--prefix', folder, ...quiet],
    [tsc, '-p', folder],
  ]) {
    const { ok, output } = await run(command, args, { cwd: folder })
    if (!ok) return [output]
  }

  const here = await run(process.execPath, ['consumer.js'], { cwd: folder, timeoutMs: 20_000 })
  const there = await runNewer(newerNode, folder)
  for (const { ok, output } of [here, there]) if (ok) console.log(`The packages, installed from tarballs: ${output}`)
  return [here, there].filter(({ ok }) => !ok).map(({ output }) => output)
}

async function runNewer(version, folder) {
  const npx = ['--yes', '--prefer-offline', `node@${version}`]
  const fetched = await run('npx', [...npx, '--version'], { cwd: folder })
  if (!fetched.ok) return { ok: false, output: `Could not get Node ${version} from the registry:\n${fetched.output}` }
  return run('npx', [...npx, 'consumer.js'], { cwd: folder, timeoutMs: 30_000 })
}
