/** With the digits that matter: `0.213`, `3.40`, `12.1`, `31,250`. */
export function formatFigure(figure: number): string {
  const digits = figure < 1 ? 3 : figure < 10 ? 2 : figure < 100 ? 1 : 0
  return figure.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
