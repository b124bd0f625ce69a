import { formatCount, formatSeconds } from './format.ts'
import { machineClockMs } from './machine-clock.ts'
import type { Paint } from './paint.ts'
import type { Stream } from './stream.ts'
import { type Column, type Row, renderTable } from './table.ts'

/** Work that takes a while: one line that is rewritten on a terminal and written once, at the end, elsewhere. */
export interface Progress {
  /** So much of the total is done. */
  at(done: number): void
  /** Ends the line with what was done and the time it took. */
  end(note: string): void
}

const indent = '    '
/** Back to the start of the line, which is emptied. */
const startOfLine = '\r\u001b[2K'
const rewriteEveryMs = 50

/** Where the demo writes, in the layout of its pages. */
export class Screen {
  readonly #stream: Stream
  readonly #paint: Paint
  /** The last line is one of progress, to be replaced by whatever comes next. */
  #halfWritten = false

  constructor(stream: Stream, paint: Paint) {
    this.#stream = stream
    this.#paint = paint
  }

  title(text: string): void {
    this.#write(`\n${this.#paint('bold', text)}\n\n`)
  }

  heading(number: number, text: string): void {
    this.#write(`\n${this.#paint('bold', ` ${number}  ${text}`)}\n`)
  }

  line(text = ''): void {
    this.#write(text === '' ? '\n' : `${indent}${text}\n`)
  }

  note(text: string): void {
    this.line(this.#paint('dim', text))
  }

  /** With an empty line before and after. */
  table(columns: readonly Column[], rows: readonly Row[]): void {
    const table = renderTable(columns, rows, this.#paint)
    this.#write(`\n${table.replace(/^/gm, indent).trimEnd()}\n\n`)
  }

  passed(claim: string): void {
    this.line(`${this.#paint('green', '✓')} ${claim}`)
  }

  failed(claim: string): void {
    this.line(`${this.#paint('red', '✗')} ${claim}`)
  }

  progress(label: string, total?: number): Progress {
    return this.#stream.isTTY === true ? this.#rewritten(label, total) : this.#written(label)
  }

  #write(text: string): void {
    this.#stream.write(this.#halfWritten ? `${startOfLine}${text}` : text)
    this.#halfWritten = false
  }

  #written(label: string): Progress {
    const startedAtMs = machineClockMs()
    return { at: () => {}, end: (note) => this.note(`${label}: ${note} (${secondsSince(startedAtMs)})`) }
  }

  #rewritten(label: string, total: number | undefined): Progress {
    const written = this.#written(label)
    let rewrittenAtMs = 0
    const rewrite = (state: string) => {
      if (machineClockMs() - rewrittenAtMs < rewriteEveryMs) return
      rewrittenAtMs = machineClockMs()
      this.#write(`${indent}${this.#paint('dim', `${label} … ${state}`)}`)
      this.#halfWritten = true
    }
    rewrite('')
    return {
      at: (done) => rewrite(`${formatCount(done)}${total === undefined ? '' : ` of ${formatCount(total)}`}`),
      end: written.end,
    }
  }
}

function secondsSince(startedAtMs: number): string {
  return formatSeconds(machineClockMs() - startedAtMs)
}
