// Compares docs/reference/broadcast.lua, the script for write services in other languages, with the one that was built
// and tested. With --update it writes the file.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BROADCAST } from '../packages/bus/dist/broadcast-script.js'
import { root } from './public-packages.mjs'

const file = join(root, 'docs/reference/broadcast.lua')

if (process.argv.includes('--update')) {
  writeFileSync(file, BROADCAST.source)
} else if (readFileSync(file, 'utf8') !== BROADCAST.source) {
  console.error('docs/reference/broadcast.lua is not the script of packages/bus/src/broadcast-script.ts')
  console.error('If that was changed: node scripts/check-broadcast.mjs --update')
  process.exitCode = 1
}
