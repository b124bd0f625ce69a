import { expect } from 'chai'
import { describe, it } from 'mocha'
import { violationsIn } from './rules.mjs'
import { toWorkspace } from './workspace.mjs'

describe('the boundaries', () => {
  it('are respected by a workspace that keeps to them', () => {
    expect(violations({})).to.deep.equal([])
  })

  it('let a package import only the packages below it', () => {
    const upward = { 'packages/core/src/a.ts': `import { bus } from '@rescind/bus'` }
    expect(violations(upward)).to.include('packages/core/src/a.ts:1 @rescind/core may not import @rescind/bus')
    const newcomer = {
      ...manifest('packages/http', '@rescind/http'),
      'packages/http/src/a.ts': `import '@rescind/bus'`,
    }
    expect(violations(newcomer)).to.include('packages/http/src/a.ts:1 @rescind/http may not import @rescind/bus')
  })

  it('hold for types, re-exports and dynamic imports too', () => {
    const forms = [
      `import type { Bus } from '@rescind/bus'`,
      `export { bus } from '@rescind/bus'`,
      `export type { Bus } from '@rescind/bus'`,
      `const bus = await import('@rescind/bus')`,
      `type Bus = import('@rescind/bus').Bus`,
    ]
    const found = violations({ 'packages/core/src/a.ts': forms.join('\n') })
    for (const line of [1, 2, 3, 4, 5]) {
      expect(found).to.include(`packages/core/src/a.ts:${line} @rescind/core may not import @rescind/bus`)
    }
  })

  it('are not fooled by comments and strings', () => {
    const text =
      "// import '@rescind/bus'\nconst text = `import '@rescind/bus'`\nconst ratio = 4 / 2 // import '@rescind/bus'\n"
    expect(violations({ 'packages/core/src/a.ts': text })).to.deep.equal([])
  })

  it('keep a package from importing itself by name', () => {
    const own = { 'packages/bus/src/a.ts': `import { bus } from '@rescind/bus'` }
    expect(violations(own)).to.deep.equal(['packages/bus/src/a.ts:1 @rescind/bus imports itself by name'])
  })

  it('let a package be entered only by a door that it exports', () => {
    const deep = { 'packages/bus/src/a.ts': `import { check } from '@rescind/options/dist/check.js'` }
    expect(violations(deep)).to.deep.equal([`packages/bus/src/a.ts:1 @rescind/options exports no './dist/check.js'`])
    const sideways = { 'packages/bus/src/a.ts': `import { check } from '../../options/src/index.ts'` }
    expect(violations(sideways)).to.deep.equal([
      `packages/bus/src/a.ts:1 '../../options/src/index.ts' leaves the sources of @rescind/bus`,
    ])
  })

  it('keep tests, and what is there for tests, out of what ships', () => {
    const found = violations({
      'packages/bus/src/a.ts': `import './b.test.ts'\nimport './fixtures/c.ts'\nimport { startRedis } from '@rescind/testbed'`,
      'packages/bus/src/b.test.ts': `import './fixtures/c.ts'\nimport { startRedis } from '@rescind/testbed'`,
      'packages/bus/src/fixtures/c.ts': '',
    })
    expect(found).to.deep.equal([
      `packages/bus/src/a.ts:1 './b.test.ts' is a test, and this file is not`,
      `packages/bus/src/a.ts:2 './fixtures/c.ts' is a test, and this file is not`,
      'packages/bus/src/a.ts:3 @rescind/testbed is for tests only',
      'packages/bus/src/a.ts:3 @rescind/testbed is not declared in packages/bus/package.json',
    ])
  })

  it('want every import declared, in a test at least for development', () => {
    const found = violations({
      'packages/bus/src/a.ts': `import 'node:net'\nimport type { Cat } from 'cat'\nimport 'chai'`,
      'packages/bus/src/a.test.ts': `import 'cat'\nimport 'chai'`,
    })
    expect(found).to.deep.equal([
      'packages/bus/src/a.test.ts:1 cat is not declared in packages/bus/package.json',
      'packages/bus/src/a.ts:2 cat is not declared in packages/bus/package.json',
      'packages/bus/src/a.ts:3 chai is not declared in packages/bus/package.json',
    ])
  })

  it('want every dependency imported', () => {
    const idle = manifest('packages/core', '@rescind/core', { dependencies: { 'quick-lru': '7' } })
    expect(violations(idle)).to.deep.equal(['packages/core/package.json:1 quick-lru is declared and never imported'])
  })

  it('want an imported package among the references, so that it is built first', () => {
    const { 'packages/bus/tsconfig.json': _, ...files } = house
    expect(violationsIn(toWorkspace(files)).map(({ message }) => message)).to.deep.equal([
      '@rescind/options is not among the references of packages/bus/tsconfig.json',
      '@rescind/testbed is not among the references of packages/bus/tsconfig.json',
    ])
  })

  it('give a library one home in each package, whose name is fixed for some', () => {
    const elsewhere = `import { Redis } from 'ioredis'`
    expect(violations({ 'packages/bus/src/a.ts': elsewhere })).to.deep.equal([
      'packages/bus/src/a.ts:1 ioredis is imported by packages/bus/src/redis-client.ts alone',
    ])
    expect(violations({ 'packages/bus/src/a.ts': `import type { Redis } from 'ioredis'` })).to.deep.equal([])
    expect(violations({ 'packages/bus/src/a.test.ts': elsewhere })).to.deep.equal([])
    const twice = {
      ...manifest('packages/demo', '@rescind/demo', { dependencies: { pg: '8' } }),
      'packages/demo/src/a.ts': `import 'pg'`,
      'packages/demo/src/b.ts': `import 'pg'`,
    }
    expect(violations(twice)).to.deep.equal(['packages/demo/src/b.ts:1 pg is imported by packages/demo/src/a.ts alone'])
  })

  it('allow no import cycle, of types or through several files', () => {
    const cycle = {
      'packages/bus/src/a.ts': `import type { B } from './b.ts'`,
      'packages/bus/src/b.ts': `export { c } from './sub/c.ts'`,
      'packages/bus/src/sub/c.ts': `\nconst a = await import('../a.ts')`,
    }
    const trail = ['a.ts', 'b.ts', 'sub/c.ts', 'a.ts'].map((path) => `packages/bus/src/${path}`).join(' > ')
    expect(violations(cycle)).to.deep.equal([`packages/bus/src/sub/c.ts:2 import cycle: ${trail}`])
  })

  it('want a door to be a list of exports and nothing else', () => {
    const text = [
      `export { a, type B } from './a.ts'`,
      `export type { C } from './a.ts'`,
      `export * from './a.ts'`,
      `export const code = 1`,
      `import './a.ts'`,
    ]
    const found = violations({ 'packages/bus/src/index.ts': text.join('\n'), 'packages/bus/src/a.ts': '' })
    expect(found).to.deep.equal([
      'packages/bus/src/index.ts:3 export * in a list of exports',
      'packages/bus/src/index.ts:4 code in a list of exports',
      'packages/bus/src/index.ts:5 code in a list of exports',
    ])
  })

  it('allow no default export, in either form', () => {
    const found = violations({
      'packages/bus/src/a.ts': 'export default 1',
      'packages/bus/src/b.ts': 'export { b as default }',
    })
    expect(found).to.deep.equal([
      'packages/bus/src/a.ts:1 default export: give it a name',
      'packages/bus/src/b.ts:1 default export: give it a name',
    ])
  })
})

const doors = { exports: { '.': { default: './dist/index.js' } } }

function manifest(folder, name, fields) {
  return { [`${folder}/package.json`]: JSON.stringify({ name, ...doors, ...fields }) }
}

const house = {
  'package.json': JSON.stringify({ devDependencies: { chai: '6' } }),
  ...manifest('packages/options', '@rescind/options'),
  'packages/options/src/index.ts': `export { check } from './check.ts'`,
  ...manifest('packages/testbed', '@rescind/testbed'),
  ...manifest('packages/core', '@rescind/core'),
  ...manifest('packages/bus', '@rescind/bus', {
    dependencies: { '@rescind/options': '*' },
    peerDependencies: { ioredis: '6' },
    devDependencies: { '@rescind/testbed': '*' },
  }),
  'packages/bus/tsconfig.json': JSON.stringify({ references: [{ path: '../options' }, { path: '../testbed' }] }),
  'packages/bus/src/redis-client.ts': `import { check } from '@rescind/options'\nimport { Redis } from 'ioredis'`,
  'packages/bus/src/redis.test.ts': `import { expect } from 'chai'\nimport { startRedis } from '@rescind/testbed'`,
}

/** What the rules say of a workspace that is in order but for these files. */
function violations(files) {
  return violationsIn(toWorkspace({ ...house, ...files })).map(
    ({ path, line, message }) => `${path}:${line} ${message}`,
  )
}
