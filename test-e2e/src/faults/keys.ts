/** One value of a run: its region, and its key within. A key `a:1` carries the tag `a`. */
export interface Key {
  readonly region: string
  readonly key: string
}

/** A version of a value that was committed. */
export interface Committed extends Key {
  readonly version: number
}

/** Every key of a run, each in one of two regions: of few keys, so that what happens to them meets. */
export const KEYS: readonly Key[] = [...numbered('plain', 24, ''), ...tagged()]

export const TAGS: readonly string[] = ['t0', 't1', 't2', 't3']
export const REGIONS: readonly string[] = ['plain', 'tagged']

/** Those that all write at once. */
export const CONTENDED: readonly Key[] = [...numbered('plain', 3, ''), ...numbered('tagged', 3, 't0:')]

/** The region whose values have versions, and are loaded from replicas that may lag. */
export const VERSIONED_REGION = 'versioned'
/** Of it, written by nothing but bumps. */
export const VERSIONED: readonly Key[] = numbered(VERSIONED_REGION, 12, '')

/** The region whose writes are saved later. */
export const BEHIND_REGION = 'behind'
export const BEHIND: readonly Key[] = numbered(BEHIND_REGION, 12, '')
const writersBehind = 4

/** Those that a process writes, by the number in its name `node-2.1`: no other one of four, but its successors. */
export function behindOf(process: string): readonly Key[] {
  const writer = Number(/-(\d+)/.exec(process)?.[1])
  return BEHIND.filter((_, n) => n % writersBehind === writer % writersBehind)
}

/** What the database calls the value. */
export function rowOf({ region, key }: Key): string {
  return `${region}/${key}`
}

export function keyOf(row: string): Key {
  const [region = '', key = ''] = row.split('/')
  return { region, key }
}

export function tagsOf(key: string): readonly string[] {
  return key.includes(':') ? [key.slice(0, key.indexOf(':'))] : []
}

function tagged(): Key[] {
  return ['t0', 't1', 't2', 't3'].flatMap((tag) => numbered('tagged', 6, `${tag}:`))
}

function numbered(region: string, count: number, prefix: string): Key[] {
  return Array.from({ length: count }, (_, n) => ({ region, key: `${prefix}${n}` }))
}
