import { expect } from 'chai'
import { describe, it } from 'mocha'
import { problemsIn } from './tarball.mjs'

const sound = {
  LICENSE: 'MIT',
  'README.md': '# a',
  'package.json': '{ "dependencies": { "b": "^1.0.0" } }',
  'dist/index.js': '',
  'dist/index.js.map': '{ "sources": ["../src/index.ts"] }',
  'src/index.ts': '',
}

describe('a published package', () => {
  it('is sound with a license, a readme, and sources for its source maps', () => {
    expect(problems({})).to.deep.equal([])
  })

  it('holds no tests, nothing that is there for tests, and no build state', () => {
    const stray = { 'src/a.test.ts': '', 'dist/a.redis.test.js': '', 'dist/fixtures/b.js': '', 'dist/.tsbuildinfo': '' }
    expect(problems(stray)).to.deep.equal(Object.keys(stray).map((path) => `${path} is packed`))
  })

  it('brings every source that a source map names', () => {
    expect(problems({ 'dist/sub/a.js.map': '{ "sources": ["../../src/sub/a.ts"] }' })).to.deep.equal([
      'dist/sub/a.js.map points to src/sub/a.ts, which is missing',
    ])
  })

  it('has a license and a readme', () => {
    const { LICENSE: _, ...unlicensed } = sound
    expect(problemsIn(new Map(Object.entries(unlicensed)))).to.deep.equal(['LICENSE is missing'])
  })

  it('names versions that exist outside of the workspace', () => {
    const linked = { 'package.json': '{ "dependencies": { "b": "workspace:^" } }' }
    expect(problems(linked)).to.deep.equal(['package.json has a workspace: version'])
  })
})

function problems(files) {
  return problemsIn(new Map(Object.entries({ ...sound, ...files })))
}
