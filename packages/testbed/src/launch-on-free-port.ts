import { freePort } from '@rescind/faults/internal'
import type { ManagedProcess } from './managed-process.ts'

const portAttempts = 5

/** Launches a server on a port that is free, and on another one if somebody else was faster. */
export async function launchOnFreePort(
  launch: (port: number) => Promise<ManagedProcess>,
): Promise<{ readonly process: ManagedProcess; readonly port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    try {
      return { process: await launch(port), port }
    } catch (error) {
      if (attempt === portAttempts || !String(error).includes('Address already in use')) throw error
    }
  }
}
