import { posix } from 'node:path'
import { layers, testOnly } from './house.mjs'
import { isTest } from './source-file.mjs'
import { importsOf } from './workspace.mjs'

/** A package imports only the packages below it, and test-only packages only where they belong. */
export function* layering(workspace) {
  const names = workspace.packages.map(({ name }) => name)
  for (const { name, pkg, file, path, line } of importsOf(workspace)) {
    if (!names.includes(name)) continue
    const forTests = testOnly[name]
    if (forTests && (file.isTest || forTests.includes(pkg.name))) continue
    if (forTests) yield { path, line, message: `${name} is for tests only` }
    else if (name === pkg.name) yield { path, line, message: `${name} imports itself by name` }
    else if (!layers[pkg.name]?.includes(name)) yield { path, line, message: `${pkg.name} may not import ${name}` }
  }
}

/** A package is entered by a door it exports, and left by name only. */
export function* doors(workspace) {
  for (const { name, door, relative, specifier, pkg, path, line } of importsOf(workspace)) {
    const target = workspace.packages.find((candidate) => candidate.name === name)
    if (target && !Object.keys(target.manifest.exports ?? {}).includes(door)) {
      yield { path, line, message: `${name} exports no '${door}'` }
    }
    const reached = posix.join(posix.dirname(path), specifier)
    if (relative && !reached.startsWith(`${pkg.folder}/src/`)) {
      yield { path, line, message: `'${specifier}' leaves the sources of ${pkg.name}` }
    }
  }
}

/** What ships never imports a test. */
export function* testsApart(workspace) {
  for (const { relative, specifier, file, path, line } of importsOf(workspace)) {
    const reached = posix.join(posix.dirname(path), specifier)
    if (relative && !file.isTest && isTest(reached)) {
      yield { path, line, message: `'${specifier}' is a test, and this file is not` }
    }
  }
}
