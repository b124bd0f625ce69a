/**
 * Ctrl-C reaches every process of a terminal at once. A child leaves it to its parent, which stops the children in
 * order; a child whose parent is gone ends because its IPC channel closes.
 */
export function outliveCtrlC(): void {
  process.on('SIGINT', () => {})
}
