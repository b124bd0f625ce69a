/** What a Redis server answers in RESP2: text, numbers, null, lists of these. An error reply is an Error. */
export type Reply = string | number | null | Error | Reply[]

/** One command as a RESP array of bulk strings. */
export function encodeCommand(args: readonly string[]): Buffer {
  const parts = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`)
  return Buffer.from(`*${args.length}\r\n${parts.join('')}`)
}

/** The first reply in the bytes, or nothing while it is incomplete. */
export function decodeReply(bytes: Buffer): { readonly reply: Reply } | undefined {
  const parsed = parse(bytes, 0)
  return parsed && { reply: parsed.reply }
}

interface Parsed {
  readonly reply: Reply
  readonly end: number
}

function parse(bytes: Buffer, start: number): Parsed | undefined {
  const lineEnd = bytes.indexOf('\r\n', start)
  if (lineEnd < 0) return undefined
  const kind = bytes.toString('latin1', start, start + 1)
  const line = bytes.toString('utf8', start + 1, lineEnd)
  const end = lineEnd + 2
  switch (kind) {
    case '+':
      return { reply: line, end }
    case '-':
      return { reply: new Error(line), end }
    case ':':
      return { reply: Number(line), end }
    case '$':
      return parseBulk(bytes, end, Number(line))
    case '*':
      return parseArray(bytes, end, Number(line))
    default:
      throw new Error(`Not a RESP2 reply: ${JSON.stringify(kind + line)}`)
  }
}

function parseBulk(bytes: Buffer, start: number, length: number): Parsed | undefined {
  if (length < 0) return { reply: null, end: start }
  const end = start + length + 2
  if (bytes.length < end) return undefined
  return { reply: bytes.toString('utf8', start, start + length), end }
}

function parseArray(bytes: Buffer, start: number, length: number): Parsed | undefined {
  if (length < 0) return { reply: null, end: start }
  const replies: Reply[] = []
  let end = start
  for (let index = 0; index < length; index++) {
    const item = parse(bytes, end)
    if (item === undefined) return undefined
    replies.push(item.reply)
    end = item.end
  }
  return { reply: replies, end }
}
