import { libraryHomes, typesAnywhere } from './house.mjs'
import { importsOf } from './workspace.mjs'

/** What a file imports its package declares: for use in what ships, and at least for development in a test. */
export function* declared(workspace) {
  for (const { name, pkg, file, path, line } of importsOf(workspace)) {
    if (name === undefined || name === pkg.name) continue
    const { dependencies, peerDependencies, devDependencies } = pkg.manifest
    const shipped = { ...dependencies, ...peerDependencies }
    const allowed = file.isTest ? { ...workspace.manifest.devDependencies, ...devDependencies, ...shipped } : shipped
    if (!(name in allowed)) yield { path, line, message: `${name} is not declared in ${pkg.folder}/package.json` }
  }
}

/** What a package makes others install it imports. */
export function* used(workspace) {
  const imports = [...importsOf(workspace)]
  for (const { name, folder, manifest } of workspace.packages) {
    for (const dependency of Object.keys(manifest.dependencies ?? {})) {
      if (imports.some((found) => found.pkg.name === name && found.name === dependency)) continue
      yield { path: `${folder}/package.json`, line: 1, message: `${dependency} is declared and never imported` }
    }
  }
}

/** What a package imports of the workspace is built before it. */
export function* referenced(workspace) {
  for (const { name, pkg, path, line } of importsOf(workspace)) {
    const target = workspace.packages.find((candidate) => candidate.name === name)
    if (target && target !== pkg && !pkg.references.includes(target.folder)) {
      yield { path, line, message: `${name} is not among the references of ${pkg.folder}/tsconfig.json` }
    }
  }
}

/** A library has one file that imports it in each package, apart from tests. */
export function* libraryHome(workspace) {
  const homes = new Map()
  const ours = workspace.packages.map(({ name }) => name)
  for (const { name, typeOnly, pkg, file, path, line } of importsOf(workspace)) {
    if (name === undefined || ours.includes(name) || file.isTest) continue
    if (typeOnly && typesAnywhere.includes(name)) continue
    const fixed = libraryHomes[pkg.name]?.[name]
    const key = `${pkg.name} ${name}`
    const home = fixed ? `${pkg.folder}/${fixed}` : (homes.get(key) ?? path)
    homes.set(key, home)
    if (home !== path) yield { path, line, message: `${name} is imported by ${home} alone` }
  }
}
