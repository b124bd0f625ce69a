/** The items, beginning with another one each time, so that none of them always comes after the same. */
export function inTurn<T>(items: readonly T[], turn: number): T[] {
  const first = turn % items.length
  return [...items.slice(first), ...items.slice(0, first)]
}
