import { beforeAll, describe, expect, it } from 'vitest';

import { bins } from '../src/bins.ts';
import { hex, parts, text } from '../src/bytes.ts';
import { ours } from '../src/dom.ts';
import { bytes, csv, factor, percent, term } from '../src/format.ts';
import { catalogues, languages } from '../src/i18n/index.ts';
import { binAt, covered, extent, steps, waveLanes } from '../src/parts/lanes.ts';
import type { Report } from '../src/model.ts';
import { build, quoted, words } from '../src/sqltext.ts';
import { defang, inert, pieces, visible } from '../src/text.ts';
import { binEnd, hold, merged, MINUTE, uncovered, unitFor, YEAR, zoom } from '../src/time.ts';

const at = (text: string): number => Date.parse(text);

describe('text from evidence', () => {
  it('shows hidden characters', () => {
    expect(visible('a\u202eb\0c\u200b')).toBe('a⟨U+202E⟩b⟨U+0000⟩c⟨U+200B⟩');
    expect(visible('line\r\nbreak')).toBe('line  break');
    expect(visible('line\r\nbreak', true)).toBe('line\nbreak');
    expect(visible('Ünïcode ست')).toBe('Ünïcode ست');
  });
  it('makes no URL that can be followed', () => {
    expect(defang('see HTTPS://a.evil.example/x.gif now')).toBe('see hxxps://a[.]evil[.]example/x.gif now');
    expect(defang('JavaScript:alert(1)')).toBe('javascript[:]alert(1)');
    expect(defang('metadata: none')).toBe('metadata: none');
    expect(defang('www.evil.example/a.b')).toBe('www[.]evil[.]example/a.b');
  });
  it('cuts long text and says so', () => {
    expect(inert('ä'.repeat(500), 10)).toBe(`${'ä'.repeat(10)}…`);
  });
  it('finds people, the longest first', () => {
    const found = pieces('Ann Lee (ann@x.example) wrote', ['Ann', 'Ann Lee', 'ann@x.example']);
    expect(found.filter((part) => part.person).map((part) => part.text)).toEqual(['Ann Lee', 'ann@x.example']);
    expect(found.map((part) => part.text).join('')).toBe('Ann Lee (ann@x.example) wrote');
  });
  it('lets links lead into these pages only', () => {
    expect(ours('/timeline?from=1')).toBe(true);
    for (const href of ['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)', 'data:text/html,x', '']) expect(ours(href), href).toBe(false);
  });
});

describe('time', () => {
  it('takes the finest unit that a screen can show', () => {
    expect([14 * YEAR, 3 * YEAR, 30 * 864e5, 864e5, MINUTE].map(unitFor)).toEqual(['week', 'day', 'hour', 'minute', 'minute']);
  });
  it('knows where bins end', () => {
    expect(binEnd(at('2024-02-01T00:00:00Z'), 'month')).toBe(at('2024-03-01T00:00:00Z'));
    expect(binEnd(0, 'week')).toBe(7 * 864e5);
  });
  it('holds a window inside the case and no narrower than a minute', () => {
    expect(hold(-50, 50, 0, 1e9)).toEqual([0, MINUTE]);
    expect(hold(1e9 - 5, 1e9 + 5, 0, 1e9)).toEqual([1e9 - MINUTE, 1e9]);
    expect(zoom(0, 100, 25, 0.5)).toEqual([12.5, 62.5]);
  });
  it('knows what is not covered', () => {
    expect(merged([[5, 9], [0, 3], [2, 4]])).toEqual([[0, 4], [5, 9]]);
    expect(uncovered([[0, 4], [6, 8]], 1, 10)).toEqual([[4, 6], [8, 10]]);
    expect(uncovered([], 1, 10)).toEqual([[1, 10]]);
  });
  it('counts into bins', () => {
    const found = bins([at('2024-01-01T00:00:00Z'), at('2024-01-01T00:00:30Z'), at('2024-01-01T01:00:00Z'), Number.NaN]);
    expect(found?.counts.reduce((a, b) => a + b)).toBe(3);
    expect(found?.counts.length).toBeLessThanOrEqual(81);
    expect(bins([])).toBeNull();
  });
});

const report = {
  waves: [{ wave_id: 'w1', campaign_id: 'k1', first_seen: '2021-03-01T00:00:00Z', last_seen: '2023-03-01T00:00:00Z' }],
  campaigns: [{ campaign_id: 'k1', wave_ids: ['w1'], probability: 0.9 }],
  intrusions: [], coverage: [{ source: 'mail', account: '', from: '1970-01-01T00:00:00Z', to: null, inferred: false, note: '' }],
} as unknown as Report;

describe('lanes', () => {
  it('does not let one forged date rule the axis', () => {
    const bins = [{ at: '1970-01-05T00:00:00Z', n: 1 }, { at: '2022-01-03T00:00:00Z', n: 5000 }, { at: '2038-01-04T00:00:00Z', n: 1 }];
    const [from, to] = extent(report, { messages: bins }, 'week') ?? [0, 0];
    expect(new Date(from).getUTCFullYear()).toBeGreaterThan(2017);
    expect(new Date(to).getUTCFullYear()).toBeLessThan(2025);
    expect(extent({ waves: [], intrusions: [], coverage: [] } as unknown as Report, {}, 'week')).toBeNull();
  });
  it('falls to nothing between bins', () => {
    const bins = [{ at: '2024-01-01T00:00:00Z', n: 3 }, { at: '2024-01-02T00:00:00Z', n: 1 }, { at: '2024-01-09T00:00:00Z', n: 2 }];
    expect(steps(bins, 'day').map(([, n]) => n)).toEqual([0, 3, 1, 0, 0, 2, 0]);
    expect(binAt(bins, at('2024-01-02T13:00:00Z'), 'day')?.n).toBe(1);
    expect(binAt(bins, at('2024-01-04T13:00:00Z'), 'day')).toBeUndefined();
  });
  it('takes an open end as covered', () => {
    expect(uncovered(covered(report.coverage, ['mail']), 0, 1e12)).toEqual([]);
    expect(uncovered(covered(report.coverage, ['web']), 0, 10)).toEqual([[0, 10]]);
  });
  it('puts every wave into one lane', () => {
    expect(waveLanes(report, 14).flatMap((lane) => lane.waves).length).toBe(1);
    expect(waveLanes(report, 0)[0]?.campaign).toBeNull();
  });
});

describe('figures', () => {
  it('never says 0 or 100', () => {
    expect([percent(0), percent(1), percent(0.874)]).toEqual(['under 1\u00a0%', 'over 99\u00a0%', '87\u00a0%']);
  });
  it('uses the words of ICD 203', () => {
    expect([0.049, 0.05, 0.2, 0.5, 0.55, 0.8, 0.95, 0.951].map(term)).toEqual(['term.almost_no_chance', 'term.very_unlikely', 'term.unlikely', 'term.even', 'term.even', 'term.likely', 'term.very_likely', 'term.almost_certain']);
  });
  it('shows weights as factors', () => {
    expect([factor(Math.log(25)), factor(-Math.log(4)), bytes(1536)]).toEqual(['×25', '÷4', '1.5\u00a0KiB']);
  });
  it('writes CSV that a spreadsheet does not run', () => {
    expect(csv(['a', 'b'], [{ a: '=cmd()', b: 'x,"y"' }, { a: -1, b: ['z'] }])).toBe('a,b\r\n\'=cmd(),"x,""y"""\r\n-1,"[""z""]"\r\n');
  });
});

describe('bytes', () => {
  const all = new TextEncoder().encode('0123456789abcdefghij');
  it('keeps the cited range apart', () => {
    expect(parts(all, 100, 105, 5).map((part) => [part.cited, text(part.bytes), part.at])).toEqual([[false, '01234', 100], [true, '56789', 105], [false, 'abcdefghij', 110]]);
    expect(parts(all, 100, 90, 500).map((part) => part.cited)).toEqual([true]);
  });
  it('shows bytes that are no text', () => {
    expect(text(Uint8Array.of(0x61, 0xff, 0xc3, 0xa4, 0xc3))).toBe('a⟨FF⟩ä⟨C3⟩');
  });
  it('aligns the dump to the evidence and marks the range', () => {
    const lines = hex(all, 100, 105, 5);
    expect(lines[0]?.offset).toBe('00000060');
    expect(lines.flatMap((line) => line.ascii.filter((run) => run.cited).map((run) => run.text)).join('')).toBe('56789');
    expect(lines.flatMap((line) => line.hex.filter((run) => run.cited).map((run) => run.text)).join('').trim().split(/\s+/)).toEqual(['35', '36', '37', '38', '39']);
  });
});

describe('SQL', () => {
  it('keeps words together and quotes what it must', () => {
    expect(words('one "two words" THREE')).toEqual(['one', 'two words', 'three']);
    expect([quoted('from'), quoted('subject'), quoted('a"b')]).toEqual(['"from"', 'subject', '"a""b"']);
  });
  it('lets nothing typed become SQL', () => {
    const sql = build({ table: 'events', columns: [{ name: 'time', type: 'Timestamp(Microsecond)' }, { name: 'operation', type: 'Utf8' }], words: "o'brien", from: "2024' OR 1=1", to: '', filters: [{ column: 'operation', sign: '=', value: "x'; --" }], limit: 10 });
    expect(sql).toContain("strpos(lower(operation), 'o''brien') > 0");
    expect(sql).toContain("\"time\" >= '2024'' OR 1=1'");
    expect(sql).toContain("operation = 'x''; --'");
    expect(sql.replaceAll("''", '').match(/'/g)?.length).toBe(6);
  });
});

describe('messages', () => {
  let keys: string[] = [];
  beforeAll(() => {
    keys = Object.keys(catalogues.en).sort();
  });
  const holes = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g))].sort();
  it.each([...languages])('%s is complete and fills the same gaps', (language) => {
    const own: Record<string, string> = catalogues[language];
    expect(Object.keys(own).sort()).toEqual(keys);
    for (const key of keys) {
      expect(own[key], key).not.toBe('');
      expect(holes(own[key] ?? ''), key).toEqual(holes((catalogues.en as Record<string, string>)[key] ?? ''));
      expect((own[key] ?? '').split('|').length, key).toBe(((catalogues.en as Record<string, string>)[key] ?? '').split('|').length);
    }
  });
});
