import { formatMs } from '../format.ts'
import type { Stage } from '../shop.ts'
import type { Row } from '../table.ts'
import type { Source } from '../web/source.ts'
import type { Page, WebHandle } from '../web/web-handle.ts'
import { databaseQueries } from './figures.ts'
import { warmUp } from './hold.ts'
import { sourceCell } from './source-cell.ts'

const id = '42'
const warmUpIds = Array.from({ length: 100 }, (_, index) => `${201 + index}`)

/** The same product cold, from Redis and from the memory of the process. */
export async function showWarmth(stage: Stage): Promise<void> {
  const { webs, screen, checks } = stage
  screen.heading(1, `Product ${id}, read cold, then warm`)
  const [first, second, third] = webs
  if (!first || !second || !third) throw new Error('Three web servers are needed')
  await warmUp(stage, warmUpIds)

  const queriesBefore = await databaseQueries(webs)
  const reads: { readonly what: string; readonly web: WebHandle; readonly page: Page; readonly expected: Source }[] = []
  const read = async (what: string, web: WebHandle, expected: Source) => {
    reads.push({ what, web, page: await web.read(id), expected })
  }
  await read('cold', first, 'database')
  await read('L2-warm', second, 'l2')
  await read('L2-warm', third, 'l2')
  await read('L1-warm', third, 'l1')
  await read('L1-warm', first, 'l1')

  screen.table(
    [
      { title: 'read' },
      { title: 'process' },
      { title: 'in the server, ms', align: 'right' },
      { title: 'round trip, ms', align: 'right' },
      { title: 'answered by' },
    ],
    reads.map(({ what, web, page }): Row => {
      return [what, web.name, formatMs(page.inServerMs), formatMs(page.roundTripMs), sourceCell(page.source)]
    }),
  )
  const expected = reads.map((each) => each.expected).join(', ')
  checks.equal(`answered in turn by ${expected}`, reads.map(({ page }) => page.source).join(', '), expected)
  const answers = new Set(reads.map(({ page }) => JSON.stringify(page.product)))
  checks.equal('all gave the same answer', answers.size, 1)
  checks.equal('one database query in total', (await databaseQueries(webs)) - queriesBefore, 1)
}
