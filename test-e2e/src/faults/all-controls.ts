import {
  FLUSH_IGNORED,
  LATE_OWN_EFFECTS,
  NO_CHAIN_CHECK,
  NO_FENCE,
  NO_FLOORS,
  NO_LEASE,
  NO_TRUST_RULE,
  NO_WRITE_FENCE,
  ROWS_REMOVED_FIRST,
  SILENT_NOT_AWAITED,
  UNBOUND_EPOCH,
} from './all-mutants.ts'
import type { Control } from './control.ts'
import { type Key, rowOf, VERSIONED_REGION } from './keys.ts'
import type { Stage } from './stage.ts'
import { becomesLive } from './world.ts'

const a: Key = { region: 'plain', key: '0' }
const b: Key = { region: 'plain', key: '1' }
const versioned: Key = { region: VERSIONED_REGION, key: '0' }

/** One play for each rule, that is lost without it. */
export const CONTROLS: readonly Control[] = [
  { broken: NO_TRUST_RULE, sees: 'bounded staleness', play: cutOff },
  { broken: NO_FENCE, sees: 'bounded staleness', play: overtakenLoad },
  { broken: NO_LEASE, sees: 'bounded staleness', patient: true, play: lateFill },
  { broken: NO_WRITE_FENCE, sees: 'bounded staleness', play: overtakenWrite },
  { broken: NO_FLOORS, sees: 'bounded staleness', play: laggingReplica },
  { broken: NO_CHAIN_CHECK, sees: 'bounded staleness', play: lostMessage },
  { broken: UNBOUND_EPOCH, sees: 'bounded staleness', play: oldServerIsBack },
  // Heard of by no beat meanwhile.
  { broken: LATE_OWN_EFFECTS, sees: 'own writes', maxStalenessMs: 20_000, play: ownWriteAfterLostMessage },
  { broken: FLUSH_IGNORED, sees: 'bounded staleness', play: emptyServer },
  // Longer than it takes to confirm where nobody is waited for.
  { broken: SILENT_NOT_AWAITED, sees: 'confirmed', maxStalenessMs: 5_000, strict: true, play: confirmedUnheard },
  { broken: ROWS_REMOVED_FIRST, sees: 'bounded staleness', play: orphanedCommit },
  { broken: 'naive', sees: 'bounded staleness', play: missedMessage },
]

/** A node that hears nothing any more, and gets no error either, goes on reading. */
async function cutOff(stage: Stage): Promise<void> {
  const [node, writer] = [await stage.node(), await stage.writer()]
  await stage.read(node, a)
  for (const link of node.links) link.blackhole()
  await stage.change(writer, a)
  await stage.boundPasses()
  await stage.read(node, a)
}

/** A load is overtaken by a change, of which its process has heard before the load comes home. */
async function overtakenLoad(stage: Stage): Promise<void> {
  const [node, writer] = [await stage.node(), await stage.writer()]
  await stage.holdLoads(a)
  const reading = stage.read(node, a)
  await stage.loading(a)
  await stage.change(writer, a)
  await stage.world.heard()
  await stage.releaseLoads(a)
  await reading
  await stage.boundPasses()
  await stage.read(node, a)
}

/** A value that is written through is overtaken by a change between its commit and its message, of which its process has heard. */
async function overtakenWrite(stage: Stage): Promise<void> {
  const [node, writer] = [await stage.node(), await stage.writer()]
  const { database } = stage.world
  await database.call('holdAnswer', rowOf(a))
  const writing = stage.set(node, a)
  await database.call('committing', rowOf(a))
  await stage.change(writer, a)
  await stage.world.heard()
  await database.call('releaseAnswer', rowOf(a))
  await writing
  await stage.boundPasses()
  await stage.read(node, a)
}

/** A change is told with its version, and the next load is answered by a replica that does not have it yet. */
async function laggingReplica(stage: Stage): Promise<void> {
  const [node, writer] = [await stage.node(), await stage.writer()]
  const { database } = stage.world
  await database.call('freeze', rowOf(versioned))
  await stage.bump(writer, versioned)
  await stage.world.heard()
  await stage.holdLoads(versioned)
  const reading = stage.read(node, versioned)
  await stage.loading(versioned)
  await database.call('thaw', rowOf(versioned))
  await stage.releaseLoads(versioned)
  await reading
  await stage.boundPasses()
  await stage.read(node, versioned)
}

/** A load is overtaken by a change of which its process has not heard, and is stored where all others look. */
async function lateFill(stage: Stage): Promise<void> {
  const [loader, reader, writer] = [await stage.node(), await stage.node(), await stage.writer()]
  await stage.holdLoads(a)
  const reading = stage.read(loader, a)
  await stage.loading(a)
  for (const link of loader.links) link.stall('downstream')
  await stage.change(writer, a)
  await stage.releaseLoads(a)
  await reading
  // On the connection of the fill, and so answered after it.
  const looked = loader.remote.call('shared', [a])
  stage.heal(loader)
  await looked
  await stage.world.heard()
  await stage.boundPasses()
  await stage.read(reader, a)
}

/** A message is lost on the way to a node, and the next one is not. */
async function lostMessage(stage: Stage): Promise<void> {
  const [node, writer] = [await stage.node(), await stage.writer()]
  await stage.read(node, a, b)
  // Or a beat might tell it of the first before it hears the second.
  node.remote.pause()
  await stage.changeUnheard(a)
  await stage.change(writer, b)
  node.remote.resume()
  await stage.world.heard()
  await stage.boundPasses()
  await stage.read(node, a)
}

/** A server is replaced by one that lacks its last message, of which nobody is left who has heard. */
async function oldServerIsBack(stage: Stage): Promise<void> {
  await cutOffMeanwhile(stage, async (change) => {
    await stage.redis.command('SAVE')
    await change()
    await stage.restart()
  })
}

/** A server comes back with nothing, and with it a node that has missed a message. */
async function emptyServer(stage: Stage): Promise<void> {
  await cutOffMeanwhile(stage, async (change) => {
    await change()
    await stage.restart()
  })
}

/** A write is confirmed that a member could not hear of. */
async function confirmedUnheard(stage: Stage): Promise<void> {
  const [node, writer] = [await stage.node(), await stage.writer()]
  await stage.read(node, a)
  for (const link of node.links) link.blackhole()
  await stage.changeConfirmed(writer, a)
  await stage.read(node, a)
}

/** A writer dies before it learns that it has committed, and a relay while it tries to tell the others. */
async function orphanedCommit(stage: Stage): Promise<void> {
  const [node, writer, relay] = [await stage.node(), await stage.writer(), await stage.relay()]
  await stage.read(node, a)
  stage.isolate(relay)
  await stage.noteAndDie(writer, a)
  await stage.outboxTaken()
  await relay.kill()
  stage.heal(relay)
  await relay.start()
  await stage.world.relayed()
  await stage.world.heard()
  await stage.boundPasses()
  await stage.read(node, a)
}

/** A node is cut off while a message is published, and connects again. */
async function missedMessage(stage: Stage): Promise<void> {
  await cutOffMeanwhile(stage, (change) => change())
}

/** A node has missed a message when it writes, and so is not yet as far as its own. */
async function ownWriteAfterLostMessage(stage: Stage): Promise<void> {
  const node = await stage.node()
  // A beat may come in between, but not each time.
  for (let n = 0; n < 5; n += 1) {
    await stage.read(node, a)
    await stage.changeUnheard(b)
    await stage.change(node, a)
  }
}

/** Something is changed, and more, while a node is cut off that has the old value; it reads again when it is back, and the bound is over. */
async function cutOffMeanwhile(stage: Stage, meanwhile: (change: () => Promise<void>) => Promise<void>): Promise<void> {
  const [node, writer] = [await stage.node(), await stage.writer()]
  await stage.read(node, a)
  stage.isolate(node)
  await meanwhile(() => stage.change(writer, a))
  stage.heal(node)
  await becomesLive(node)
  await stage.boundPasses()
  await stage.read(node, a)
}
