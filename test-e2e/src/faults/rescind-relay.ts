import { createPublisher } from '@rescind/bus'
import { createRelay } from '@rescind/outbox'
import { DatabaseSource } from '../database-source.ts'
import { type Key, keyOf } from './keys.ts'
import type { MemberOptions } from './member.ts'
import { connectionOf, toldBy } from './rescind-subject.ts'
import type { Announced, Announcer } from './subject.ts'

/** A process that tells the others what stands in the outbox, and has nothing to say of its own. */
export function rescindRelay(
  options: MemberOptions,
  onSettled: (keys: readonly Key[], announced: Announced) => void,
): Announcer {
  const publisher = createPublisher({ ...connectionOf(options), onError: () => {} })
  let last: Announced = {}
  const relay = createRelay({
    source: new DatabaseSource({
      databaseUrl: options.databaseUrl,
      told: () => last,
      onSettled: (ids, told) => onSettled(ids.map(keyOf), told),
    }),
    publisher: {
      async transaction(work) {
        const committed = await publisher.transaction(work)
        if (committed.receipt) last = toldBy(committed.receipt)
        return committed
      },
      get queued() {
        return publisher.queued
      },
    },
    // Rows of a relay that died wake nobody.
    pollInterval: options.maxStalenessMs / 2,
  })
  void relay.start()
  return {
    announce: () => Promise.reject(new Error('A relay says what others have committed')),
    get queued() {
      return publisher.queued
    },
    async close() {
      await relay.close()
      await publisher.close()
    },
  }
}
