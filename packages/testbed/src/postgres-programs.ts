import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

export interface PostgresPrograms {
  readonly postgres: string
  readonly initdb: string
}

/** Where Debian and its kin put the programs of each version. */
const versions = '/usr/lib/postgresql'

/** The server that RESCIND_POSTGRES_SERVER names, or the one on the PATH, or the newest that Debian has; with its initdb. */
export function postgresPrograms(): PostgresPrograms {
  const { RESCIND_POSTGRES_SERVER: named, PATH = '' } = process.env
  const candidates = named
    ? [named]
    : [...PATH.split(delimiter), ...debianFolders()].map((dir) => join(dir, 'postgres'))
  for (const candidate of candidates.filter(existsSync)) {
    const postgres = realpathSync(candidate)
    const initdb = join(dirname(postgres), 'initdb')
    if (existsSync(initdb)) return { postgres, initdb }
  }
  const tried = named ? `${named} with an initdb beside it` : `postgres on the PATH or in ${versions}`
  throw new Error(`There is no ${tried}: run scripts/find-postgres, or name the binary in RESCIND_POSTGRES_SERVER`)
}

function debianFolders(): readonly string[] {
  if (!existsSync(versions)) return []
  const newestFirst = readdirSync(versions).sort((a, b) => Number(b) - Number(a))
  return newestFirst.map((version) => join(versions, version, 'bin'))
}
