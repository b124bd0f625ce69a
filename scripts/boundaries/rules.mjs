import { acyclic } from './cycle-rule.mjs'
import { declared, libraryHome, referenced, used } from './dependency-rules.mjs'
import { handWrittenDoors, namedExports } from './door-rule.mjs'
import { doors, layering, testsApart } from './layer-rules.mjs'

const rules = [
  layering,
  doors,
  testsApart,
  declared,
  used,
  referenced,
  libraryHome,
  acyclic,
  handWrittenDoors,
  namedExports,
]

/** Every violation of every rule, in the order of the files. */
export function violationsIn(workspace) {
  const violations = rules.flatMap((rule) => [...rule(workspace)])
  return violations.sort((left, right) => left.path.localeCompare(right.path) || left.line - right.line)
}
