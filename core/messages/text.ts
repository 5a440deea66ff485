/**
 * Texts of strangers within messages. They are quoted as they are: nothing in them may end a line, turn the direction of
 * writing, hide, or be taken for markup.
 */

/** Control, formatting (bidi, zero width), private, surrogate and line-separating characters. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]+/gu;

/** One line of visible text, at most `max` characters of it. */
export function plain(text: string, max = 300): string {
  const line = text.replace(INVISIBLE, ' ').replace(/ +/g, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= max ? line : `${characters.slice(0, max - 1).join('')}…`;
}

/** Somebody's own words, recognizable as such: what looks like an end of the quote in them is none. */
export const quoted = (text: string, max = 300): string => `“${plain(text, max).replace(/[“”]/g, '"')}”`;

/**
 * A subject as SNS takes it: at most 100 printable ASCII characters that begin with a letter or digit.
 *
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export function subjectLine(text: string): string {
  const ascii = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/[^\x20-\x7e]+/g, '?');
  const line = plain(ascii, 1_000);
  return line.length <= 100 ? line : `${line.slice(0, 97)}...`;
}

/**
 * For the parts of a chat message that are read as mrkdwn: its three control characters, written so that they are text.
 *
 * @see https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
export const escapeMrkdwn = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Seconds in words: `30 minutes`, `1 h 30 min`. */
export function durationText(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = seconds % 60;
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  if (minutes > 0) return rest > 0 ? `${minutes} min ${rest} s` : `${minutes} min`;
  return `${rest} s`;
}

/** `2026-11-21 09:00:00 UTC`, from epoch milliseconds. */
export const timeText = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
