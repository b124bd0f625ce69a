import { spawn } from 'node:child_process'
import { type ManagedProcess, manage } from './managed-process.ts'

/** The redis-server binary, with these arguments. */
export async function spawnRedis(args: readonly string[]): Promise<ManagedProcess> {
  const { RESCIND_REDIS_SERVER } = process.env
  const program = RESCIND_REDIS_SERVER || 'redis-server'
  try {
    return await manage(spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] }))
  } catch (cause) {
    const advice = 'Install redis 7 or newer, or name its binary in RESCIND_REDIS_SERVER'
    throw new Error(`Could not start ${program}: ${advice}`, { cause })
  }
}
