/** What is said of one of several values, between this process and a script. */
export interface Frame {
  /** What this is: of one byte. */
  readonly kind: number
  readonly ms: number
  readonly bytes: Uint8Array
}

/** The same for Lua: kind, milliseconds, and how many bytes follow. */
export const FRAME_HEAD = '>BI6I4'
const HEAD_BYTES = 11
const MAX_MS = 2 ** 48 - 1

/** Frames in one piece: each further argument, or element of a reply, costs as much as the value that it holds. */
export function joinFrames(frames: readonly Frame[]): Buffer {
  const joined = Buffer.allocUnsafe(frames.reduce((sum, { bytes }) => sum + HEAD_BYTES + bytes.length, 0))
  let at = 0
  for (const { kind, ms, bytes } of frames) {
    joined.writeUInt8(kind, at)
    joined.writeUIntBE(Math.min(ms, MAX_MS), at + 1, 6)
    joined.writeUInt32BE(bytes.length, at + 7)
    joined.set(bytes, at + HEAD_BYTES)
    at += HEAD_BYTES + bytes.length
  }
  return joined
}

/** Those that are whole. */
export function splitFrames(joined: Uint8Array): Frame[] {
  const buffer = Buffer.from(joined.buffer, joined.byteOffset, joined.byteLength)
  const frames: Frame[] = []
  for (let at = 0; at + HEAD_BYTES <= buffer.length; ) {
    const from = at + HEAD_BYTES
    const end = from + buffer.readUInt32BE(at + 7)
    if (end <= buffer.length) {
      frames.push({ kind: buffer.readUInt8(at), ms: buffer.readUIntBE(at + 1, 6), bytes: buffer.subarray(from, end) })
    }
    at = end
  }
  return frames
}
