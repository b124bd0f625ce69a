// Checks who imports whom, and prints every violation of the rules in ./boundaries.
import { join } from 'node:path'
import { violationsIn } from './boundaries/rules.mjs'
import { readFiles, toWorkspace } from './boundaries/workspace.mjs'

const violations = violationsIn(toWorkspace(readFiles(join(import.meta.dirname, '..'))))
for (const { path, line, message } of violations) console.error(`${path}:${line} ${message}`)
if (violations.length > 0) {
  console.error(`${violations.length} violations of the boundaries`)
  process.exitCode = 1
}
