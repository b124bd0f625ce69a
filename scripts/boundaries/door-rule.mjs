import { posix } from 'node:path'

/** A door of a package is a list of exports written by hand. */
export function* handWrittenDoors(workspace) {
  for (const { folder, manifest, files } of workspace.packages) {
    const doors = Object.values(manifest.exports ?? {}).map(({ default: built }) => sourceOf(folder, built))
    for (const file of files) {
      if (!doors.includes(file.path) && posix.basename(file.path) !== 'index.ts') continue
      for (const { kind, line } of file.statements) {
        if (kind !== 'export list') yield { path: file.path, line, message: `${kind} in a list of exports` }
      }
    }
  }
}

/** No file has a default export. */
export function* namedExports(workspace) {
  for (const { files } of workspace.packages) {
    for (const { path, statements } of files) {
      for (const { kind, line } of statements) {
        if (kind === 'default export') yield { path, line, message: 'default export: give it a name' }
      }
    }
  }
}

function sourceOf(folder, built) {
  return posix.join(folder, built.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts'))
}
