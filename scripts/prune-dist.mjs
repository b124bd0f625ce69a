// Removes compiled files whose source is gone: left behind, a deleted test would still run.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const packages = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))

for (const folder of [...packages, join(root, 'test-e2e')]) {
  const dist = join(folder, 'dist')
  if (existsSync(dist)) prune(dist, join(folder, 'src'))
}

function prune(dist, src) {
  for (const file of readdirSync(dist, { recursive: true })) {
    const [compiled, name] = /^(.+?)\.(?:js|d\.ts)(?:\.map)?$/.exec(file) ?? []
    if (compiled !== undefined && !existsSync(join(src, `${name}.ts`))) rmSync(join(dist, file))
  }
}
