const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text from elsewhere, made safe for a terminal: escape sequences and bidi marks would let it lie. */
export const printable = (text: string): string => text.replace(UNPRINTABLE, '\u{FFFD}');

export interface Cell {
  readonly text: string;
  /** Adds colour; the words must say the same without it. */
  readonly paint?: (text: string) => string;
}
export type Row = readonly (string | Cell)[];

/** Columns aligned by two spaces; the last one is not padded. */
export function table(head: readonly string[], rows: readonly Row[]): string {
  const cells = [head, ...rows].map((row) =>
    row.map((cell): Cell =>
      typeof cell === 'string' ? { text: printable(cell) } : { ...cell, text: printable(cell.text) },
    ),
  );
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.text.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map(({ text, paint }, column) => {
        const padding = ' '.repeat(column === row.length - 1 ? 0 : (widths[column] ?? 0) - text.length);
        return (paint ? paint(text) : text) + padding;
      })
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

/** `name  value` lines; members without a value are left out. */
export function facts(members: readonly (readonly [name: string, value: string | undefined])[]): string {
  const rows = members.filter((member): member is readonly [string, string] => member[1] !== undefined);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}\n`).join('');
}

export const parametersText = (parameters: Readonly<Record<string, string>>): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
