import { formatPosition, type Position } from '@rescind/bus'
import { type CacheEvent, ReadManyError } from '@rescind/client'
import { checkInteger, checkOptions, InvalidArgumentError } from '@rescind/options'
import type { FaultRecord, HistoryRecord, KeyOfRegion, ReadRecord, WriteRecord } from './history.ts'
import { machineNow } from './machine-clock.ts'
import { receiptIn } from './receipt.ts'
import { FileSink, MemorySink, type RecordSink } from './record-sink.ts'

export interface RecorderOptions {
  /** The name of this process in the history. */
  readonly process: string
  /** Appends to this file, one JSON object a line. Default: kept in memory, as `records`. */
  readonly file?: string
  /** How many records are kept in memory. Default 1,000,000. */
  readonly maxRecords?: number
  /** The version that a value carries. Default: its property `version`, and undefined for null and undefined. */
  readonly versionOf?: (value: unknown) => number | undefined
}

/** What is to be said of a read. */
export type ReadNotes = Pick<ReadRecord, 'after' | 'maxStalenessMs' | 'hit'>

/** What is to be said of a write; `how` is `invalidate` by default. */
export type WriteNotes = Partial<Pick<WriteRecord, 'how' | 'tags' | 'confirmed'>>

/** What is to be said of a fault. */
export type FaultNotes = Pick<FaultRecord, 'processes' | 'mayFlush'>

/** Something that was committed. */
export interface Commit extends KeyOfRegion {
  readonly version: number
  /** The value is gone with this version. */
  readonly deleted?: boolean
}

const OPTIONS: readonly (keyof RecorderOptions)[] = ['process', 'file', 'maxRecords', 'versionOf']

/**
 * Records what one process does, by being called around it. What it is called around goes its own way: its results and
 * its errors come back as they are.
 */
export class Recorder {
  readonly process: string
  readonly #sink: RecordSink
  readonly #versionOf: (value: unknown) => number | undefined
  /** The last position that was recorded. */
  #applied: string | undefined

  /** @throws {InvalidArgumentError}, or if the file cannot be opened. */
  constructor(options: RecorderOptions) {
    checkOptions('options', options, OPTIONS)
    const { process, file, maxRecords = 1_000_000, versionOf = versionProperty } = options
    checkText('process', process)
    checkInteger('maxRecords', maxRecords, 1, Number.MAX_SAFE_INTEGER)
    if (file !== undefined) {
      checkText('file', file)
    }
    if (typeof versionOf !== 'function') {
      throw new InvalidArgumentError('versionOf', 'a function of a value', versionOf)
    }
    this.process = process
    this.#versionOf = versionOf
    this.#sink = file === undefined ? new MemorySink(maxRecords) : new FileSink(file)
  }

  /**
   * What was recorded, where it is kept in memory.
   *
   * @throws if it was more than `maxRecords`.
   */
  get records(): readonly HistoryRecord[] {
    return this.#sink.records
  }

  /** Records what is said: for what the other methods do not see. */
  record(record: HistoryRecord): void {
    this.#sink.add(record)
  }

  /** A read of one value. */
  async get<T>(of: KeyOfRegion, read: () => Promise<T> | T, notes: ReadNotes = {}): Promise<T> {
    const about = { ...notes, invokedAt: machineNow() }
    let value: T
    try {
      value = await read()
    } catch (error) {
      this.#failed('get', of, about, error)
      throw error
    }
    this.#read('get', of, about, value)
    return value
  }

  /** A read of many values of a region, of which those that exist come back. */
  async getMany<V>(
    { region, keys }: { readonly region?: string; readonly keys: readonly string[] },
    read: () => Promise<Map<string, V>>,
    notes: ReadNotes = {},
  ): Promise<Map<string, V>> {
    const about = { ...notes, invokedAt: machineNow() }
    const named = keys.map((key) => (region === undefined ? { key } : { region, key }))
    let values: Map<string, V>
    try {
      values = await read()
    } catch (error) {
      const some = error instanceof ReadManyError ? error : undefined
      for (const of of named) {
        if (some && !some.failures.has(of.key)) {
          this.#read('getMany', of, about, some.values.get(of.key))
        } else {
          this.#failed('getMany', of, about, some?.failures.get(of.key) ?? error)
        }
      }
      throw error
    }
    for (const of of named) {
      this.#read('getMany', of, about, values.get(of.key))
    }
    return values
  }

  /** A look at what this process holds; undefined is not recorded. */
  peek<T>(of: KeyOfRegion, read: () => T): T {
    const invokedAt = machineNow()
    const value = read()
    if (value !== undefined) {
      this.#read('peek', of, { invokedAt, hit: true }, value)
    }
    return value
  }

  /**
   * A write: calls `committed` as soon as something is, once for each key, and resolves when the others were told, with
   * the receipt if there is one. If it rejects, what was committed stays without an acknowledgement.
   */
  async write<T>(
    write: (committed: (commit: Commit) => void) => Promise<T>,
    { how = 'invalidate', ...notes }: WriteNotes = {},
  ): Promise<T> {
    const invokedAt = machineNow()
    const commits: (Commit & { readonly committedAt: number })[] = []
    let told: Told = {}
    try {
      const result = await write((commit) => commits.push({ ...commit, committedAt: machineNow() }))
      told = { ackedAt: machineNow(), ...receiptIn(result) }
      return result
    } finally {
      for (const commit of commits) {
        this.record({ type: 'write', process: this.process, how, ...notes, invokedAt, ...commit, ...told })
      }
    }
  }

  /** A load: to be called around what a loader does. */
  async load<T>(of: KeyOfRegion, load: () => Promise<T> | T): Promise<T> {
    const record = { type: 'load', process: this.process, ...of, beganAt: machineNow() } as const
    let value: T
    try {
      value = await load()
    } catch (error) {
      this.record({ ...record, endedAt: machineNow() })
      throw error
    }
    this.record({ ...record, endedAt: machineNow(), ...this.#version(value) })
    return value
  }

  /** Something that is broken as long as this takes. */
  async fault<T>(what: string, run: () => Promise<T>, notes: FaultNotes = {}): Promise<T> {
    const from = machineNow()
    try {
      return await run()
    } finally {
      this.record({ type: 'fault', what, from, until: machineNow(), ...notes })
    }
  }

  /** What this process holds at quiet, as `peek` says it; undefined is not recorded. */
  held(of: KeyOfRegion, value: unknown): void {
    if (value !== undefined) {
      this.record({ type: 'held', process: this.process, ...of, ...this.#version(value), at: machineNow() })
    }
  }

  /** For `onEvent` of the cache: records the messages that were applied, and what was dropped. */
  readonly onEvent = (event: CacheEvent): void => {
    if (event.type === 'flushed') {
      const position = this.#advance(event.position)
      this.record({ type: 'flush', process: this.process, reason: event.reason, position, at: machineNow() })
    } else if (event.type === 'invalidated' || event.type === 'tags-invalidated' || event.type === 'cleared') {
      const before = this.#applied
      const position = this.#advance(event.position)
      // A message about several regions is several events.
      if (position !== before) {
        this.record({ type: 'applied', process: this.process, position, at: machineNow() })
      }
    }
  }

  /**
   * Writes what waits to be written, for whoever reads the file before `close()`.
   *
   * @throws if something could not be recorded.
   */
  flush(): void {
    this.#sink.flush()
  }

  /** Ends the file. @throws if something could not be recorded. */
  close(): void {
    this.#sink.close()
  }

  #read(way: ReadRecord['way'], of: KeyOfRegion, about: About, value: unknown): void {
    this.record({
      type: 'read',
      process: this.process,
      way,
      ...of,
      ...about,
      returnedAt: machineNow(),
      ...this.#version(value),
    })
  }

  #failed(way: ReadRecord['way'], of: KeyOfRegion, about: About, error: unknown): void {
    const failure = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    this.record({ type: 'read', process: this.process, way, ...of, ...about, returnedAt: machineNow(), failure })
  }

  #version(value: unknown): { version?: number } {
    const version = this.#versionOf(value)
    return version === undefined ? {} : { version }
  }

  #advance(position: Position): string {
    this.#applied = formatPosition(position)
    return this.#applied
  }
}

type About = ReadNotes & Pick<ReadRecord, 'invokedAt'>
type Told = Pick<WriteRecord, 'ackedAt' | 'token' | 'position'>

function versionProperty(value: unknown): number | undefined {
  if (value === undefined || value === null) {
    return undefined
  }
  const version: unknown = typeof value === 'object' && 'version' in value ? value.version : undefined
  if (typeof version !== 'number') {
    throw new InvalidArgumentError('versionOf', 'given, where a value has no number as its property version', value)
  }
  return version
}

function checkText(name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') {
    throw new InvalidArgumentError(name, 'a string that is not empty', value)
  }
}
