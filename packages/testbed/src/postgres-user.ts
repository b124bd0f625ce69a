import { chown, mkdtemp, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** As whom a process runs; empty: as this one. */
export interface PostgresUser {
  readonly uid?: number
  readonly gid?: number
}

/** Everybody's number for nobody, but for that of a few systems on which nobody tests as root. */
const nobody = 65_534

/** PostgreSQL refuses to run as root: there it runs as nobody. */
export function postgresUser(): PostgresUser {
  return process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}
}

/** A new folder that belongs to the user, below folders that this user may enter. */
export async function folderFor({ uid, gid }: PostgresUser): Promise<string> {
  const parent = uid === undefined ? tmpdir() : await openToAll([tmpdir(), '/tmp', '/var/tmp'])
  const folder = await mkdtemp(join(parent, 'rescind-postgres-'))
  if (uid !== undefined && gid !== undefined) await chown(folder, uid, gid)
  return folder
}

async function openToAll(folders: readonly string[]): Promise<string> {
  for (const folder of folders) if (await isOpen(folder)) return folder
  throw new Error(`PostgreSQL does not run as root, and nobody else may enter any of ${folders.join(', ')}: set TMPDIR`)
}

async function isOpen(folder: string): Promise<boolean> {
  const { mode } = await stat(folder)
  if ((mode & 0o001) === 0) return false
  return dirname(folder) === folder || (await isOpen(dirname(folder)))
}
