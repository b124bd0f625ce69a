/**
 * Ctrl-C, or closing the window, reaches every process of a terminal at once. A child leaves it to its parent, which stops the children in
 * order; a child whose parent is gone ends because its IPC channel closes.
 */
export function outliveCtrlC(): void {
  for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {})
}
