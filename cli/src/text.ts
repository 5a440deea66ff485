const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text from elsewhere, made safe for a terminal: escape sequences and bidi marks would let it lie. */
export const printable = (text: string): string => text.replace(UNPRINTABLE, '\u{FFFD}');

/** Pretty JSON that means the same, and holds no character that a terminal would act on. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => line.replace(UNPRINTABLE, escaped))
    .join('\n');

const escaped = (character: string): string =>
  Array.from({ length: character.length }, (_, at) => {
    const unit = character.charCodeAt(at).toString(16).padStart(4, '0');
    return `\\u${unit}`;
  }).join('');

/** Scripts whose characters take two columns, roughly, and pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;

/** As much of one line as a terminal shows without wrapping it. */
export function fitted(text: string, columns: number): string {
  let room = columns;
  let kept = '';
  for (const character of printable(text)) {
    room -= WIDE.test(character) ? 2 : 1;
    if (room < 1) return `${kept}…`;
    kept += character;
  }
  return kept;
}

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
