/** Mail: the list, and one mail as it reads, beside its headers, beside its bytes. */
import { getMail, type Mail } from '../api.ts';
import { fill, h, type Child } from '../dom.ts';
import { bytes } from '../format.ts';
import { t, tn } from '../i18n/index.ts';
import type { EvidenceRef, Row } from '../model.ts';
import { browse } from '../parts/browser.ts';
import { bytesView } from '../parts/bytesview.ts';
import { isEvidence } from '../parts/cells.ts';
import { getCase, type Case } from '../parts/case.ts';
import { head } from '../parts/head.ts';
import { blurred, exposure, facts, label, place, person } from '../parts/marks.ts';
import { loading } from '../parts/states.ts';
import { to, type Context, type Page } from '../router.ts';
import { inert, inertLines } from '../text.ts';
import { second } from '../time.ts';

export const page: Page = {
  title: 'page.messages',
  async show(root, context) {
    if (context.rest === '') {
      fill(root, head(t('page.messages'), t('messages.note'), h('a', { class: 'button', href: to('/search', { in: 'messages' }) }, t('page.search'))));
      await browse(root, context, { table: 'messages', caption: t('page.messages'), href: (row) => `/messages/${String(row['message_uid'])}` });
      return;
    }
    const box = h('div');
    root.append(box);
    await loading(box, context.signal, async () => {
      const [mail, all] = await Promise.all([getMail(context.rest, context.signal), getCase()]);
      return view(mail, all, context);
    }, 10);
  },
};

function view(mail: Mail, all: Case, context: Context): Child {
  const uid = context.rest;
  const row: Row = mail.rows[0] ?? {};
  const text = (name: string): string => (typeof row[name] === 'string' ? String(row[name]) : '');
  const list = (name: string): string[] => (Array.isArray(row[name]) ? (row[name] as unknown[]).map(String) : []);
  const waves = all.report.waves.filter((wave) => wave.message_uids.includes(uid));
  const copies = mail.copies.filter((copy) => isEvidence(copy.evidence));
  const copy = copies[Number(context.params.get('copy') ?? 0)] ?? copies[0];
  const attachments = Array.isArray(row['attachments']) ? (row['attachments'] as Row[]) : [];
  const urls = Array.isArray(row['urls']) ? (row['urls'] as Row[]) : [];
  return [
    head(inert(text('subject'), 200) || t('no_subject'), null, waves.map((wave) => h('a', { class: 'button', href: to('/campaigns', { wave: all.label(wave.wave_id) }) }, t('wave'), ' ', all.label(wave.wave_id))), h('button', { type: 'button', on: { click: () => history.back() } }, t('back'))),
    facts(
      [t('from'), h('span', { class: 'p' }, inert(text('from_name'), 120), ' \u2039', inert(text('from'), 200), '\u203a')],
      [t('to'), h('span', { class: 'p' }, inert(list('to').join(', '), 600))],
      [t('mailbox'), mail.rows.map((each) => [person(all, String(each['mailbox'] ?? '')), ' '])],
      [t('date'), [second(text('date')), ' UTC ', h('span', { class: 'quiet small' }, inert(text('date_text'), 80))]],
      waves.length > 0 && [t('waves'), waves.map((wave) => {
        const own = (all.exposures.byWave.get(wave.wave_id) ?? []).filter((each) => mail.rows.some((mailRow) => mailRow['mailbox'] === each.recipient));
        return [label(all, wave.wave_id), ' ', own.map((each) => [exposure(each.state), ' '])];
      })]),
    mail.privileged ? h('p', { class: 'empty' }, h('b', null, t('privileged')), t('privileged.hint')) : null,
    h('div', { class: mail.privileged ? 'mail two-of' : 'mail' },
      mail.privileged ? null : h('section', { 'aria-labelledby': 'mail-body' }, bodyOf(mail, uid, context)),
      h('section', { 'aria-labelledby': 'mail-headers' }, h('h2', { id: 'mail-headers' }, t('headers')), headers(mail.headers, [...mail.rows.map((each) => String(each['mailbox'] ?? '')), ...list('to'), ...list('cc'), ...list('delivered_to')])),
      h('section', { 'aria-labelledby': 'mail-bytes' }, h('h2', { id: 'mail-bytes' }, t('bytes')), bytesOf(copies.map((each) => each.evidence), copy?.evidence, context))),
    urls.length === 0 ? null : [h('h2', null, tn('n.urls', urls.length)),
      h('p', { class: 'quiet small' }, t('urls.hint')),
      h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('urls') }, h('table', null,
        h('thead', null, h('tr', null, ['URL', t('place'), t('shown_as')].map((each) => h('th', { scope: 'col' }, each)))),
        h('tbody', null, urls.slice(0, 200).map((each) => h('tr', null, h('th', { scope: 'row', class: 'mono' }, inert(String(each['url'] ?? ''), 400)), h('td', null, inert(String(each['place'] ?? ''), 40)), h('td', null, inert(String(each['shown'] ?? ''), 120)))))))],
    attachments.length === 0 ? null : [h('h2', null, tn('n.attachments', attachments.length)),
      h('p', { class: 'quiet small' }, t('attachments.hint')),
      h('ul', { class: 'plain' }, attachments.map((each) => h('li', { class: 'small' }, h('b', null, inert(String(each['name'] ?? ''), 120) || '\u2013'), ' ', inert(String(each['content_type'] ?? ''), 60), ' ', bytes(Number(each['size'] ?? 0)), h('div', { class: 'mono' }, h('a', { href: to('/tables/observables', { value: String(each['sha256'] ?? '') }) }, inert(String(each['sha256'] ?? ''), 80))))))],
  ];
}

/** The mail as it reads: in a frame that can do nothing, or as plain text. */
function bodyOf(mail: Mail, uid: string, context: Context): Child {
  const box = h('div');
  const draw = (): void => {
    const plain = !mail.has_html || context.params.get('as') === 'plain';
    fill(box, plain
      ? h('div', { class: 'text', tabindex: 0, role: 'region', 'aria-label': t('mail.text') }, inertLines(mail.text) || t('mail.empty'))
      : h('iframe', { sandbox: '', src: `/api/messages/${encodeURIComponent(uid)}/html`, title: t('mail.frame'), referrerpolicy: 'no-referrer' }));
  };
  const toggle = h('button', { type: 'button', on: { click: () => {
    context.note({ as: context.params.get('as') === 'plain' ? '' : 'plain' });
    toggle.textContent = context.params.get('as') === 'plain' ? t('mail.as_html') : t('mail.as_text');
    draw();
  } } }, context.params.get('as') === 'plain' ? t('mail.as_html') : t('mail.as_text'));
  draw();
  return [h('h2', { id: 'mail-body' }, t('mail.body')), h('div', { class: 'toolbar' }, mail.has_html ? toggle : null, h('span', { class: 'quiet small' }, mail.has_html ? t('mail.inert') : '')), box];
}

/** Headers that tell most, in ink. */
const KEY = /^(from|to|cc|subject|date|reply-to|return-path|sender|message-id|received|authentication-results|dkim-signature|arc-|x-originating-ip|list-|x-mailer|user-agent)/i;

function headers(raw: string, people: readonly string[]): HTMLElement {
  const lines = raw.replaceAll('\r\n', '\n').split('\n').reduce<string[]>((all, line) => {
    if (/^[ \t]/.test(line) && all.length > 0) all[all.length - 1] += ` ${line.trim()}`;
    else if (line !== '') all.push(line);
    return all;
  }, []);
  return h('div', { class: 'headers', tabindex: 0, role: 'region', 'aria-label': t('headers') }, lines.map((line) => {
    const colon = line.indexOf(':');
    return h('div', { class: KEY.test(line) ? 'key' : '' }, h('b', null, inert(line.slice(0, Math.max(colon, 0)), 80)), colon > 0 ? ': ' : '', h('span', { class: /^(to|cc|delivered-to|from)/i.test(line) ? 'p' : '' }, blurred(inert(line.slice(colon + 1).trim(), 3000), people)));
  }));
}

function bytesOf(copies: EvidenceRef[], shown: EvidenceRef | undefined, context: Context): Child {
  if (!shown) return h('p', { class: 'quiet' }, t('evidence.none'));
  const box = h('div');
  const draw = (ref: EvidenceRef): void => fill(box, bytesView(ref, { how: 'text', around: 512 }, context.signal));
  const choice = h('select', { 'aria-label': t('copies'), on: { change: () => {
    context.note({ copy: choice.value === '0' ? '' : choice.value });
    const ref = copies[Number(choice.value)];
    if (ref) draw(ref);
  } } }, copies.map((ref, at) => h('option', { value: at, selected: ref === shown }, place(ref))));
  draw(shown);
  return [copies.length > 1 ? h('div', { class: 'toolbar' }, h('span', { class: 'quiet small' }, tn('n.copies', copies.length)), choice) : h('p', { class: 'quiet small' }, place(shown)), box];
}
