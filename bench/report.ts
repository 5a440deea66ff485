/** What a section found, as text. */

type Cell = string | number;

/** A table with aligned columns; numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const isNumeric = head.map((_, column) => rows.every((row) => typeof row[column] === 'number'));
  const draw = (line: readonly string[]): string =>
    line
      .map((cell, column) =>
        isNumeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('   ')
      .trimEnd();
  const [first = [], ...others] = lines;
  return [draw(first), widths.map((width) => '─'.repeat(width)).join('   '), ...others.map(draw)].join('\n');
}

/** One digit after the point below 100. */
export const rounded = (value: number): number => (value < 100 ? Math.round(value * 10) / 10 : Math.round(value));

/** `met` or `MISSED`: for people to read, never an exit code. */
export const against = (value: number, atMost: number): string => (value <= atMost ? 'met' : 'MISSED');
