import { createPublisher, formatPosition, type Publisher, PublishTimeoutError } from '@rescind/bus'
import { serve } from '@rescind/testbed'
import { machineNow } from '@rescind/testing'
import { writeItems } from './database.ts'
import type { Write, WriterMethods, WriterOptions } from './writer.ts'

let opened: (WriterOptions & { readonly publisher: Publisher }) | undefined

function writer(): WriterOptions & { readonly publisher: Publisher } {
  if (!opened) throw new Error('open() comes first')
  return opened
}

async function write(ids: readonly string[]): Promise<Write[]> {
  const versions = await writeItems(writer().databaseUrl, ids)
  return await Promise.all(ids.map((id, index) => broadcast(id, versions[index] ?? 0)))
}

async function broadcast(id: string, version: number): Promise<Write> {
  const { position } = await writer().publisher.invalidate({ region: 'item', keys: [id] })
  return { id, version, ackedAt: machineNow(), position: formatPosition(position) }
}

serve({
  open(options) {
    const { name, redis } = options
    opened = { ...options, publisher: createPublisher({ name, redis, publishTimeout: '500ms' }) }
  },
  write,
  async tryWrite(ids) {
    const versions = await writeItems(writer().databaseUrl, ids)
    const attempt = async (id: string, version: number) => {
      try {
        return await broadcast(id, version)
      } catch (error) {
        if (!(error instanceof PublishTimeoutError)) throw error
        return { id, version, ackedAt: Number.POSITIVE_INFINITY, position: '' }
      }
    }
    return await Promise.all(ids.map((id, index) => attempt(id, versions[index] ?? 0)))
  },
  async writeTagged(tag, ids) {
    const versions = await writeItems(writer().databaseUrl, ids)
    await writer().publisher.invalidateTags([tag])
    return versions
  },
  close: async () => (await writer().publisher.close()).unsent.length,
} satisfies WriterMethods)
