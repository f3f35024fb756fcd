/** Cited bytes: where they lie, whether they still hold, what is around them. */
import { runSql } from '../api.ts';
import { fill, h, type Child } from '../dom.ts';
import { count } from '../format.ts';
import { t } from '../i18n/index.ts';
import type { EvidenceRef } from '../model.ts';
import { bytesView } from '../parts/bytesview.ts';
import { details } from '../parts/cells.ts';
import { head } from '../parts/head.ts';
import { facts } from '../parts/marks.ts';
import { empty, loading } from '../parts/states.ts';
import { go, type Page } from '../router.ts';
import { inert } from '../text.ts';

export const page: Page = {
  title: 'page.evidence',
  show(root, { params, note, signal }) {
    const place: EvidenceRef = {
      source: params.get('source') ?? '', path: params.get('path') ?? '', offset: Number(params.get('offset') ?? 0),
      length: Number(params.get('length') ?? 0), sha256: params.get('sha256') ?? '',
    };
    if (place.source === '' || place.sha256 === '') {
      fill(root, head(t('page.evidence')), empty(t('evidence.nothing'), t('evidence.nothing.hint')));
      return;
    }
    const record = h('div');
    const which = h('button', { type: 'button', on: { click: () => void loading(record, signal, () => recordAt(place, signal)) } }, t('evidence.record'));
    fill(root,
      head(t('page.evidence'), null, which, h('button', { type: 'button', on: { click: () => history.back() } }, t('back'))),
      facts(
        [t('file'), inert(place.path, 400)],
        [t('bytes'), t('bytes.range', { from: count(place.offset), to: count(place.offset + place.length), n: count(place.length) })],
        ['SHA-256', h('span', { class: 'mono' }, inert(place.sha256, 80))],
        [t('source'), h('span', { class: 'mono' }, inert(place.source, 90))]),
      record,
      bytesView(place, { how: params.get('as') === 'hex' ? 'hex' : 'text', around: Number(params.get('around') ?? 512), changed: (how, around) => note({ as: how === 'hex' ? 'hex' : '', around: around === 512 ? '' : around }) }, signal),
      h('p', { class: 'quiet small' }, t('evidence.logged')));
  },
};

const TABLES = ['events', 'fetches', 'calls', 'record_lookups', 'roster'];

/** The record whose own place this is: a mail opens, another record shows all it holds. */
async function recordAt(place: EvidenceRef, signal: AbortSignal): Promise<Child> {
  const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const here = (table: string): string =>
    `FROM ${table} WHERE evidence['source'] = ${quote(place.source)} AND evidence['path'] = ${quote(place.path)} AND evidence['offset'] <= ${Math.trunc(place.offset)} AND evidence['offset'] + evidence['length'] > ${Math.trunc(place.offset)}`;
  const mail = await runSql(`SELECT message_uid ${here('occurrences')} LIMIT 1`, 1, signal);
  const uid = mail.rows[0]?.['message_uid'];
  if (typeof uid === 'string') {
    go(`/messages/${uid}`);
    return null;
  }
  for (const table of TABLES) {
    const found = await runSql(`SELECT * ${here(table)} LIMIT 1`, 1, signal);
    if (found.rows[0]) return [h('h2', null, table), details(found.columns, found.rows[0])];
  }
  return empty(t('evidence.no_record'), t('evidence.no_record.hint'));
}
