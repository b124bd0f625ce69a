/** A place within a value as a programmer would write it, `value.owner.addresses[2]`, by the path that the walk through it took. */
export function describePlace(root: unknown, path: readonly (string | number)[]): string {
  let text = 'value'
  let holder = root
  for (const step of path) {
    if (Array.isArray(holder)) {
      text += `[${step}]`
      holder = holder[Number(step)]
    } else if (holder instanceof Set) {
      text += ` > member ${step}`
      holder = [...holder][Number(step)]
    } else if (typeof step === 'number') {
      // Keys and values by turns: of a Map, or of an object with an unusual key.
      const pairs = holder instanceof Map ? [...holder] : entriesOf(holder)
      const [key, value] = pairs[step >> 1] ?? []
      const get = `.get(${typeof key === 'string' ? JSON.stringify(key) : `key ${step >> 1}`})`
      text += step % 2 === 1 ? get : ` > key ${step >> 1}`
      holder = step % 2 === 1 ? value : key
    } else {
      text += /^[\p{L}_$][\p{L}\d_$]*$/u.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
      holder = entriesOf(holder).find(([key]) => key === step)?.[1]
    }
  }
  return text
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}
