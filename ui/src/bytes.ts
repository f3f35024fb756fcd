/** Cited bytes as text and as a hex dump, the cited range apart from what lies around it. */

/** Bytes of a Base64 text. */
export function decode(base64: string): Uint8Array {
  const binary = atob(base64);
  return Uint8Array.from(binary, (c) => c.charCodeAt(0));
}

export interface Part {
  cited: boolean;
  bytes: Uint8Array;
  /** Offset of the first byte in the evidence. */
  at: number;
}

/** Before, cited, behind; those that are empty left out. */
export function parts(bytes: Uint8Array, from: number, offset: number, length: number): Part[] {
  const start = Math.min(Math.max(offset - from, 0), bytes.length);
  const end = Math.min(Math.max(offset + length - from, start), bytes.length);
  return [
    { cited: false, bytes: bytes.subarray(0, start), at: from },
    { cited: true, bytes: bytes.subarray(start, end), at: from + start },
    { cited: false, bytes: bytes.subarray(end), at: from + end },
  ].filter((part) => part.bytes.length > 0);
}

/** Bytes as text: UTF-8 where it is, a byte that is none as `⟨FF⟩`. */
export function text(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // The range may begin or end inside a character, or hold another encoding.
  }
  let shown = '';
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const width = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    let piece: string | null = null;
    if (width > 0 && at + width <= bytes.length) {
      try {
        piece = decoder.decode(bytes.subarray(at, at + width));
      } catch {
        piece = null;
      }
    }
    shown += piece ?? `\u27e8${first.toString(16).toUpperCase().padStart(2, '0')}\u27e9`;
    at += piece === null ? 1 : width;
  }
  return shown;
}

export interface HexLine {
  offset: string;
  /** Runs of bytes, those that are cited marked. */
  hex: { cited: boolean; text: string }[];
  ascii: { cited: boolean; text: string }[];
}

/** Lines of sixteen bytes, aligned to the evidence's own offsets. */
export function hex(bytes: Uint8Array, from: number, offset: number, length: number): HexLine[] {
  const lines: HexLine[] = [];
  const first = from - (from % 16);
  for (let start = first; start < from + bytes.length; start += 16) {
    const line: HexLine = { offset: start.toString(16).padStart(8, '0'), hex: [], ascii: [] };
    for (let at = start; at < start + 16; at += 1) {
      const byte = at < from ? undefined : bytes[at - from];
      const cited = byte !== undefined && at >= offset && at < offset + length;
      push(line.hex, cited, `${byte === undefined ? '  ' : byte.toString(16).padStart(2, '0')}${at % 8 === 7 && at % 16 !== 15 ? '  ' : ' '}`);
      push(line.ascii, cited, byte === undefined ? ' ' : byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '\u00b7');
    }
    lines.push(line);
  }
  return lines;
}

function push(runs: { cited: boolean; text: string }[], cited: boolean, text: string): void {
  const last = runs.at(-1);
  if (last?.cited === cited) last.text += text;
  else runs.push({ cited, text });
}
