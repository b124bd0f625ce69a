/** What the demo writes to: standard output, or a list of strings in a test. */
export interface Stream {
  readonly isTTY?: boolean | undefined
  write(text: string): unknown
}
