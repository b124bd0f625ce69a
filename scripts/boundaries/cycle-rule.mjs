import { posix } from 'node:path'

/** The files of a package import each other in one direction, types included. */
export function* acyclic(workspace) {
  for (const { files } of workspace.packages) yield* cyclesAmong(files)
}

function* cyclesAmong(files) {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const done = new Set()
  const trail = []

  function* visit(file) {
    if (done.has(file)) return
    trail.push(file.path)
    for (const { specifier, line } of file.imports) {
      const target = byPath.get(posix.join(posix.dirname(file.path), specifier))
      if (!specifier.startsWith('.') || !target) continue
      const since = trail.indexOf(target.path)
      const cycle = [...trail.slice(since), target.path].join(' > ')
      if (since >= 0) yield { path: file.path, line, message: `import cycle: ${cycle}` }
      else yield* visit(target)
    }
    trail.pop()
    done.add(file)
  }

  for (const file of files) yield* visit(file)
}
