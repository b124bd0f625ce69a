import type { Stream } from './stream.ts'

export const styles = ['bold', 'dim', 'red', 'green', 'yellow', 'cyan'] as const
export type Style = (typeof styles)[number]

/** Wraps text in a style, or gives it back untouched when colours are off. */
export type Paint = (style: Style, text: string) => string

const codes: Readonly<Record<Style, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
}

/** Colours for a terminal that has them, unless NO_COLOR is set. */
export function paintFor(stream: Stream, env: NodeJS.ProcessEnv): Paint {
  const coloured = stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  return coloured ? ansiPaint : plainPaint
}

export function ansiPaint(style: Style, text: string): string {
  const [on, off] = codes[style]
  return `\u001b[${on}m${text}\u001b[${off}m`
}

export function plainPaint(_style: Style, text: string): string {
  return text
}
