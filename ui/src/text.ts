/** Strings from evidence made inert, as `crates/dossier/src/inert.rs` does it: control,
 *  bidirectional and invisible characters are made visible (Unicode TR 36, CVE-2021-42574)
 *  and URLs are defanged, so that nothing that copies them makes a link of them. */

/** Ranges of characters that have no glyph or turn the reading direction. */
const HIDDEN: readonly (readonly [number, number])[] = [
  [0x00, 0x1f], [0x7f, 0x9f], [0xad, 0xad], [0x34f, 0x34f], [0x61c, 0x61c], [0x115f, 0x1160], [0x17b4, 0x17b5],
  [0x180b, 0x180f], [0x200b, 0x200f], [0x2028, 0x202e], [0x2060, 0x206f], [0x3164, 0x3164], [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff], [0xffa0, 0xffa0], [0xfff0, 0xfffb], [0x1d173, 0x1d17a], [0xe0000, 0xe0fff],
];

function hidden(code: number): boolean {
  return HIDDEN.some(([from, to]) => code >= from && code <= to);
}

/** Every character visible; with `lines`, line ends and tabs stay as they are. */
export function visible(text: string, lines = false): string {
  let shown = '';
  for (const c of text) {
    const code = c.codePointAt(0) ?? 0;
    if (c === '\n' || c === '\r' || c === '\t') shown += lines ? (c === '\r' ? '' : c) : ' ';
    else if (hidden(code)) shown += `\u27e8U+${code.toString(16).toUpperCase().padStart(4, '0')}\u27e9`;
    else shown += c;
  }
  return shown;
}

const SCHEMES: Record<string, string> = {
  'https:': 'hxxps:', 'http:': 'hxxp:', 'ftps:': 'fxps:', 'ftp:': 'fxp:',
  'javascript:': 'javascript[:]', 'vbscript:': 'vbscript[:]', 'data:': 'data[:]', 'file:': 'file[:]',
};
// "metadata:" is a word; "xhttp:" may still be linked from the h on.
const URLS = /((?:https?|ftps?):|(?<![\p{L}\p{N}])(?:javascript|vbscript|data|file):)(\/\/[^\s/?#"<>)]*)?|(?<![\p{L}\p{N}])www\.[^\s/?#"<>)]*/giu;

/** URLs that no viewer takes for a link. */
export function defang(text: string): string {
  return text.replace(URLS, (whole: string, scheme?: string, host?: string) =>
    scheme === undefined
      ? whole.replaceAll('.', '[.]')
      : (SCHEMES[scheme.toLowerCase()] ?? scheme) + (host ?? '').replaceAll('.', '[.]'),
  );
}

/** A text from the evidence as it is shown, cut to `most` characters. */
export function inert(text: string, most = 400): string {
  const shown = defang(visible(text));
  if (shown.length <= most) return shown;
  return `${[...shown].slice(0, most).join('').trimEnd()}\u2026`;
}

/** Text with its lines, for bodies and headers. */
export function inertLines(text: string): string {
  return defang(visible(text, true));
}

/** `recipient_unique_token` as `recipient unique token`. */
export function words(identifier: string): string {
  return inert(identifier.replaceAll('_', ' '), 80);
}

/** Splits `text` at every occurrence of one of `people`, the longest first. */
export function pieces(text: string, people: readonly string[]): { person: boolean; text: string }[] {
  const found: { person: boolean; text: string }[] = [];
  let rest = text;
  while (rest !== '') {
    let at = -1;
    let length = 0;
    for (const name of people) {
      const place = name === '' ? -1 : rest.indexOf(name);
      if (place >= 0 && (at < 0 || place < at || (place === at && name.length > length))) {
        at = place;
        length = name.length;
      }
    }
    if (at < 0) {
      found.push({ person: false, text: rest });
      break;
    }
    if (at > 0) found.push({ person: false, text: rest.slice(0, at) });
    found.push({ person: true, text: rest.slice(at, at + length) });
    rest = rest.slice(at + length);
  }
  return found;
}
