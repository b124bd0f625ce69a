import { setTimeout as pause } from 'node:timers/promises'
import type { Scene } from './scene.ts'

/** Something that goes wrong while ids are written. */
export interface Outage {
  /** Whether the readers hold the ids, and go on reading them, when it begins. */
  readonly warm: boolean
  /** Has all ids written, once each. Settles when it is over. */
  happen(scene: Scene, ids: readonly string[], scale: OutageScale): Promise<void>
}

export interface OutageScale {
  /** How long a paused process, or a link that loses all, stays so. */
  readonly lastsMs: number
  /** How long a writer waits to hear that what it said has arrived. */
  readonly patienceMs: number
  /** How long a load takes that a write overtakes. */
  readonly loadMs: number
}

const partSize = 10

export const outages: Readonly<Record<string, Outage>> = {
  none: { warm: true, happen: ({ writer }, ids, { patienceMs }) => writer.write(ids, patienceMs) },

  /** The links of the readers are cut, again and again, in a burst of writes. */
  cut: {
    warm: true,
    async happen({ writer, readers }, ids, { patienceMs }) {
      for (let first = 0; first < ids.length; first += partSize) {
        for (const { link } of readers) link.cut()
        await writer.write(ids.slice(first, first + partSize), patienceMs)
      }
    },
  },

  /** Redis is killed, and starts again, empty; what is written meanwhile cannot be said at once. */
  restart: {
    warm: true,
    async happen({ redis, writer }, ids, { patienceMs }) {
      await redis.kill()
      await writer.write(ids, patienceMs)
      await redis.restart()
    },
  },

  /** The processes that read stand still. */
  pause: {
    warm: true,
    async happen({ writer, readers }, ids, { lastsMs, patienceMs }) {
      for (const { cache } of readers) cache.pause()
      await writer.write(ids, patienceMs)
      await pause(lastsMs)
      for (const { cache } of readers) cache.resume()
    },
  },

  /** The links of the readers stay open and lose every byte, in both directions. */
  'black-hole': {
    warm: true,
    async happen({ writer, readers }, ids, { lastsMs, patienceMs }) {
      for (const { link } of readers) link.blackhole()
      await writer.write(ids, patienceMs)
      await pause(lastsMs)
      for (const { link } of readers) link.heal()
    },
  },

  /** Loads have read the old values when the new ones are written, and come back after that is known everywhere. */
  'late-load': {
    warm: false,
    async happen({ writer, readers }, ids, { loadMs, patienceMs }) {
      const loading = readers.slice(0, 1).map(({ cache }) => cache)
      for (const cache of loading) await cache.slow(loadMs)
      const before = await writer.loads()
      const reading = loading.map((cache) => cache.read(ids))
      while ((await writer.loads()) < before + ids.length) await pause(5)
      await writer.write(ids, patienceMs)
      await Promise.all(reading)
      for (const cache of loading) await cache.slow(0)
    },
  },
}
