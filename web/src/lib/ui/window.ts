/** Which of `count` rows of equal height are to be drawn, given where the list's top is in the view. */
export function rowWindow(top: number, viewHeight: number, rowHeight: number, count: number, spare = 12): { from: number; to: number } {
  const first = Math.floor(-top / rowHeight) - spare;
  const last = Math.ceil((viewHeight - top) / rowHeight) + spare;
  const from = Math.max(0, Math.min(first, count));
  return { from, to: Math.max(from, Math.min(last, count)) };
}
