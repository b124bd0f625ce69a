// Compares what each published package exports at run time with the list in docs/reference/exports.json, so that nothing
// becomes public, or ceases to be, by accident. With --update it writes the list.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { publicPackages, root } from './public-packages.mjs'

const record = join(root, 'docs/reference/exports.json')
const actual = await exportsOfPackages()

if (process.argv.includes('--update')) {
  mkdirSync(dirname(record), { recursive: true })
  writeFileSync(record, JSON.stringify(actual, null, 2))
  execFileSync(join(root, 'node_modules/.bin/biome'), ['format', '--write', record])
} else {
  const differences = compare(JSON.parse(readFileSync(record, 'utf8')), actual)
  for (const difference of differences) console.error(difference)
  if (differences.length > 0) {
    console.error('If this is meant: node scripts/check-exports.mjs --update')
    process.exitCode = 1
  }
}

async function exportsOfPackages() {
  const lists = {}
  for (const { folder, manifest } of publicPackages()) {
    for (const [door, { default: built }] of Object.entries(manifest.exports)) {
      const module = await import(pathToFileURL(join(folder, built)))
      lists[manifest.name + door.slice(1)] = Object.keys(module).sort()
    }
  }
  return lists
}

function compare(recorded, exported) {
  const doors = new Set([...Object.keys(recorded), ...Object.keys(exported)])
  return [...doors].flatMap((door) => {
    const [before, after] = [recorded[door] ?? [], exported[door] ?? []]
    const added = after.filter((name) => !before.includes(name)).map((name) => `${door} now exports ${name}`)
    const gone = before.filter((name) => !after.includes(name)).map((name) => `${door} no longer exports ${name}`)
    return [...added, ...gone]
  })
}
