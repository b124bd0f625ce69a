import { parseSync, Visitor } from 'oxc-parser'

/**
 * @typedef {{ specifier: string, typeOnly: boolean, line: number }} Import
 * @typedef {{ kind: string, line: number }} Statement
 * @typedef {{ path: string, isTest: boolean, imports: Import[], statements: Statement[] }} SourceFile
 */

/**
 * What a TypeScript file imports, in any of the ways there are, and what its top level consists of.
 * @returns {SourceFile}
 */
export function parseSource(path, text) {
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`)
  const lineOf = (node) => text.slice(0, node.start).split('\n').length
  const imports = []
  const add = (node, source, typeOnly) => {
    if (typeof source?.value === 'string') imports.push({ specifier: source.value, typeOnly, line: lineOf(node) })
  }
  new Visitor({
    ImportDeclaration: (node) => add(node, node.source, node.importKind === 'type'),
    ExportNamedDeclaration: (node) => add(node, node.source, node.exportKind === 'type'),
    ExportAllDeclaration: (node) => add(node, node.source, node.exportKind === 'type'),
    ImportExpression: (node) => add(node, node.source, false),
    TSImportType: (node) => add(node, node.source, true),
  }).visit(program)
  const statements = program.body.map((node) => ({ kind: statementKind(node), line: lineOf(node) }))
  return { path, isTest: isTest(path), imports, statements }
}

/** Whether a file is a test or there for tests alone. */
export function isTest(path) {
  return /^test-e2e\/|\/fixtures\/|\.test\.ts$/.test(path)
}

function statementKind(node) {
  if (node.type === 'ExportAllDeclaration') return 'export *'
  if (node.type === 'ExportDefaultDeclaration') return 'default export'
  if (node.type !== 'ExportNamedDeclaration' || node.declaration) return 'code'
  return node.specifiers.some(({ exported }) => exported.name === 'default') ? 'default export' : 'export list'
}
