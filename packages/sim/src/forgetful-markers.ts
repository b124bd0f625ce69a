import { TagMarkers, type TagVerdict } from '@rescind/core'
import type { Mutant } from './mutant.ts'

/** Of a mutant that takes what it does not know for alive. */
class ForgetfulMarkers extends TagMarkers {
  override verdict(tags: readonly string[], asOf: number): TagVerdict {
    return super.verdict(tags, asOf) === 'dead' ? 'dead' : 'alive'
  }

  override unknownAmong(): string[] {
    return []
  }
}

export function markersFor(mutant: Mutant | undefined, maxTags: number): TagMarkers {
  return mutant === 'tag marker dropped without a floor'
    ? new ForgetfulMarkers({ maxTags })
    : new TagMarkers({ maxTags })
}
