import type { Message } from '@rescind/bus'
import { ITEMS, type Item } from './catalogue.ts'
import type { Context } from './context.ts'
import type { Process } from './population.ts'
import type { Telling } from './schedule.ts'

/** Commits new versions, and says so; notes when that is acknowledged, and confirmed. */
export function write(process: Process, item: Item, by: Telling, confirm: boolean, context: Context): void {
  const { source, ledger, setup, newId, clock, tell } = context
  const how = by === 'tag' && item.tags.length === 0 ? 'key' : by
  const head = { id: `m${newId()}`, origin: process.id, sentAt: 0, confirm: confirm && setup.strict }
  const message = messageOf(head, item, how)
  for (const touched of ITEMS.filter((other) => isTouched(other, item, how))) {
    source.commit(touched.index)
  }
  ledger.announce(message, source.committed)
  const announced = ledger.announcedBy(message.id)
  process.publish(message).listen((settled) => {
    if (!settled.ok) {
      return
    }
    const { position } = settled.value
    const what = `${message.kind} at ${position.epoch}-${position.seq}: ${announced}`
    tell(`${process.id} is acknowledged ${what}`)
    source.acknowledged.reach(announced, clock())
    source.ownOf(process.id).reach(announced, clock())
    if (message.confirm) {
      process.confirm(position).listen(({ ok }) => {
        if (ok) {
          tell(`${process.id} is confirmed ${what}`)
          source.confirmed.reach(announced, clock())
        }
      })
    }
  })
}

function messageOf(
  head: { readonly id: string; readonly origin: string; readonly sentAt: number; readonly confirm: boolean },
  { region, id, tags }: Item,
  by: Telling,
): Message {
  switch (by) {
    case 'key':
      return { ...head, kind: 'invalidate', items: [{ region, keys: [id] }] }
    case 'bump':
      return { ...head, kind: 'bump', items: [{ region, versions: new Map([[id, 1n]]) }] }
    case 'tag':
      return { ...head, kind: 'invalidate-tags', tags: tags.slice(-1) }
    case 'region':
      return { ...head, kind: 'clear', regions: [region] }
    case 'all':
      return { ...head, kind: 'clear-all' }
  }
}

function isTouched(other: Item, item: Item, by: Telling): boolean {
  switch (by) {
    case 'key':
    case 'bump':
      return other === item
    case 'tag':
      return item.tags.slice(-1).some((tag) => other.tags.includes(tag))
    case 'region':
      return other.region === item.region
    case 'all':
      return true
  }
}
