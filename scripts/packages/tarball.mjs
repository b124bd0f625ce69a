import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'

/** The files under an unpacked tarball, by their path in the package. */
export function readTarball(folder) {
  const paths = readdirSync(folder, { recursive: true }).filter((path) => statSync(join(folder, path)).isFile())
  return new Map(paths.map((path) => [path, readFileSync(join(folder, path), 'utf8')]))
}

/** What is in a published package that should not be, or is not and should be. */
export function problemsIn(files) {
  const paths = [...files.keys()]
  const missing = ['LICENSE', 'README.md'].filter((path) => !files.has(path)).map((path) => `${path} is missing`)
  const stray = paths
    .filter((path) => /\.test\.|\/fixtures\/|\.tsbuildinfo$/.test(path))
    .map((path) => `${path} is packed`)
  const maps = paths.filter((path) => path.endsWith('.map')).flatMap((path) => unresolved(path, files))
  const links = files.get('package.json')?.includes('"workspace:') ? ['package.json has a workspace: version'] : []
  return [...missing, ...stray, ...maps, ...links]
}

function unresolved(path, files) {
  const { sources, sourceRoot = '' } = JSON.parse(files.get(path))
  const resolved = sources.map((source) => posix.join(posix.dirname(path), sourceRoot, source))
  return resolved
    .filter((source) => !files.has(source))
    .map((source) => `${path} points to ${source}, which is missing`)
}
