import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { parseSource } from './source-file.mjs'

/**
 * @typedef {{ folder: string, name: string, manifest: object, references: string[], files: SourceFile[] }} Package
 * @typedef {{ packages: Package[], manifest: object }} Workspace
 */

/** Every file of the workspace on disk that the rules look at: its path from the root and its text. */
export function readFiles(root) {
  const files = { 'package.json': readFileSync(join(root, 'package.json'), 'utf8') }
  const packages = readdirSync(join(root, 'packages'), { withFileTypes: true })
  const folders = packages.filter((entry) => entry.isDirectory()).map(({ name }) => `packages/${name}`)
  for (const folder of [...folders, 'test-e2e']) {
    const sources = readdirSync(join(root, folder, 'src'), { recursive: true })
    const paths = sources.filter((path) => path.endsWith('.ts')).map((path) => posix.join('src', path))
    for (const path of ['package.json', 'tsconfig.json', ...paths]) {
      files[`${folder}/${path}`] = readFileSync(join(root, folder, path), 'utf8')
    }
  }
  return files
}

/**
 * The packages among the files.
 * @returns {Workspace}
 */
export function toWorkspace(files) {
  const folders = Object.keys(files)
    .filter((path) => path.endsWith('/package.json'))
    .map((path) => posix.dirname(path))
  return { packages: folders.map((folder) => toPackage(folder, files)), manifest: JSON.parse(files['package.json']) }
}

function toPackage(folder, files) {
  const manifest = JSON.parse(files[`${folder}/package.json`])
  const { references = [] } = JSON.parse(files[`${folder}/tsconfig.json`] ?? '{}')
  const sources = Object.entries(files).filter(([path]) => path.startsWith(`${folder}/src/`))
  return {
    folder,
    name: manifest.name,
    manifest,
    references: references.map(({ path }) => posix.join(folder, path)),
    files: sources.map(([path, text]) => parseSource(path, text)),
  }
}

/** `@scope/name/sub/path` apart: the package and the door (`.` or `./sub/path`). */
export function splitSpecifier(specifier) {
  const parts = specifier.split('/')
  const length = specifier.startsWith('@') ? 2 : 1
  return { name: parts.slice(0, length).join('/'), door: ['.', ...parts.slice(length)].join('/') }
}

/** Every import with the file and the package it is in, and the other package it names if it names one. */
export function* importsOf(workspace) {
  for (const pkg of workspace.packages) {
    for (const file of pkg.files) {
      for (const found of file.imports) {
        const { specifier } = found
        const relative = specifier.startsWith('.')
        const target = relative || specifier.startsWith('node:') ? {} : splitSpecifier(specifier)
        yield { ...found, ...target, relative, pkg, file, path: file.path }
      }
    }
  }
}
