/** What came from another process was not what it should be. */
export class UnexpectedShape extends TypeError {
  override readonly name = 'UnexpectedShape'
}

/** The fields of an object from another process, each checked as it is read. */
export class Fields {
  readonly #what: string
  readonly #fields: ReadonlyMap<string, unknown>

  /** @throws {UnexpectedShape} when the value is no object. */
  constructor(what: string, value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new UnexpectedShape(`${what} is no object: ${JSON.stringify(value)}`)
    }
    this.#what = what
    this.#fields = new Map(Object.entries(value))
  }

  text(name: string): string {
    const value = this.value(name)
    if (typeof value === 'string') return value
    throw this.#unexpected(name, 'no text')
  }

  number(name: string): number {
    const value = this.value(name)
    if (typeof value === 'number') return value
    throw this.#unexpected(name, 'no number')
  }

  truth(name: string): boolean {
    const value = this.value(name)
    if (typeof value === 'boolean') return value
    throw this.#unexpected(name, 'neither true nor false')
  }

  list<T>(name: string, read: (item: unknown) => T): T[] {
    const value = this.value(name)
    if (Array.isArray(value)) return value.map(read)
    throw this.#unexpected(name, 'no list')
  }

  fields(name: string): Fields {
    return new Fields(`${this.#what}.${name}`, this.value(name))
  }

  value(name: string): unknown {
    return this.#fields.get(name)
  }

  #unexpected(name: string, problem: string): UnexpectedShape {
    return new UnexpectedShape(`${this.#what}.${name} is ${problem}: ${JSON.stringify(this.value(name))}`)
  }
}

/** @throws {UnexpectedShape} when the value is no text. */
export function readText(value: unknown): string {
  if (typeof value === 'string') return value
  throw new UnexpectedShape(`no text: ${JSON.stringify(value)}`)
}
