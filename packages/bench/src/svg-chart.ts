import { type Comparison, comparisonsOf, shareOf } from './comparison.ts'
import { formatFigure } from './figure.ts'
import type { Line } from './line.ts'

const labelWidth = 150
const barWidth = 380
const figureWidth = 110
const rowHeight = 18
const titleHeight = 30
const width = labelWidth + barWidth + figureWidth

/** A picture of the bars, readable on a light and on a dark page. */
export function renderSvg(lines: readonly Line[]): string {
  const comparisons = comparisonsOf(lines)
  let top = 0
  const groups: string[] = []
  for (const comparison of comparisons) {
    groups.push(renderGroup(comparison, top))
    top += titleHeight + rowHeight * comparison.figures.length
  }
  const height = top + rowHeight / 2
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">
<title>${escapeXml(comparisons.map(({ name }) => name).join(', '))}</title>
<style>text { fill: #24292f } .bar { fill: #8c959f } .ours { fill: #0969da } @media (prefers-color-scheme: dark) { text { fill: #d1d7e0 } .bar { fill: #656c76 } .ours { fill: #4493f8 } }</style>
${groups.join('')}</svg>
`
}

function renderGroup(comparison: Comparison, top: number): string {
  const { name, unit, better, figures } = comparison
  const title = `<text x="0" y="${top + 20}" font-weight="bold">${escapeXml(`${name}, ${unit}, ${better} is better`)}</text>\n`
  const rows = figures.map(({ who, figure }, row) => {
    const y = top + titleHeight + row * rowHeight
    const length = Math.max(1, shareOf(figure, comparison) * barWidth)
    const kind = row === 0 ? 'ours' : 'bar'
    return `<text x="${labelWidth - 8}" y="${y + 11}" text-anchor="end">${escapeXml(who)}</text><rect class="${kind}" x="${labelWidth}" y="${y}" width="${length.toFixed(1)}" height="${rowHeight - 4}"/><text x="${(labelWidth + length + 6).toFixed(1)}" y="${y + 11}">${escapeXml(formatFigure(figure))}</text>\n`
  })
  return title + rows.join('')
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
