/** A rule of the library that a process is started without, to see that it is missed. */
export interface Mutant {
  readonly name: string
  /** What is built of the workspace, from `packages` on. */
  readonly file: string
  /** Stands there exactly once: a rule that was moved or rewritten must not go on being tested by what is no more. */
  readonly find: string
  readonly replace: string
}

/** A mark that the mutated module leaves, so that a process knows that it was loaded. */
const MARK = 'rescindMutant'

/** The environment of a process that is to run without the rule. */
export function environmentOf(mutant: Mutant): Readonly<Record<string, string>> {
  const hook = new URL('./mutate.js', import.meta.url).href
  return { RESCIND_MUTANT: JSON.stringify(mutant), NODE_OPTIONS: `--import=${hook}` }
}

/** The mutant that this process was started as, if it was. */
export function ownMutant(): Mutant | undefined {
  const { RESCIND_MUTANT: text } = process.env
  return text === undefined ? undefined : JSON.parse(text)
}

/** @throws {Error} if the snippet is not there, or more than once. */
export function mutated(source: string, { name, file, find, replace }: Mutant): string {
  const parts = source.split(find)
  if (parts.length !== 2) {
    throw new Error(`The mutant «${name}» finds its snippet ${parts.length - 1} times in ${file}: bring it up to date`)
  }
  return `${parts.join(replace)}\nglobalThis.${MARK} = ${JSON.stringify(name)}\n`
}

/** @throws {Error} in a process that was started as a mutant and has not become one. */
export function assertMutated(): void {
  const mutant = ownMutant()
  const became: unknown = Reflect.get(globalThis, MARK)
  if (became !== mutant?.name)
    throw new Error(`This process is not the mutant «${mutant?.name}»: nobody loads ${mutant?.file}`)
}
