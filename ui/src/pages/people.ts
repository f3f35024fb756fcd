/** Who was aimed at, by group and role; one person's page. */
import { getAll } from '../api.ts';
import { fill, h, join, type Child } from '../dom.ts';
import { count, LIKELY } from '../format.ts';
import { t, tn } from '../i18n/index.ts';
import type { Exposure, Intrusion, Row } from '../model.ts';
import { getCase, grouped, type Case } from '../parts/case.ts';
import { head } from '../parts/head.ts';
import { rove } from '../parts/keys.ts';
import { evidence, exposure, facts, label, name, probability, status, tag } from '../parts/marks.ts';
import { exports } from '../parts/save.ts';
import { empty, loading } from '../parts/states.ts';
import { to, type Context, type Page } from '../router.ts';
import { inert } from '../text.ts';
import { minute, span } from '../time.ts';

/** A mailbox, account or number, with what is known of it. */
interface Somebody {
  mailbox: string;
  person: string;
  institution: string;
  kind: string;
  roles: string[];
  groups: string[];
  privilege: string;
  exposures: Exposure[];
  intrusions: Intrusion[];
}

const SHOWN = 400;

export const page: Page = {
  title: 'page.people',
  async show(root, context) {
    const who = context.params.get('who');
    const box = h('div');
    fill(root, head(who ? h('span', { class: 'p' }, inert(who, 80)) : t('page.people'), who ? null : t('people.note'), who ? h('a', { class: 'button', href: '/people' }, t('people.all')) : null), box);
    await loading(box, context.signal, async () => {
      const [all, roster] = await Promise.all([getCase(), getAll('roster', {}, 20_000, context.signal)]);
      const everybody = gather(all, roster.rows);
      return who ? one(all, everybody, who) : list(all, everybody, context);
    });
  },
};

/** The roster joined with what the report says; addresses that only the report knows too. */
function gather(all: Case, roster: readonly Row[]): Somebody[] {
  const found = new Map<string, Somebody>();
  const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
  for (const row of roster) {
    for (const address of [...texts(row['addresses']), ...texts(row['phones'])]) {
      const mailbox = address.toLowerCase();
      const known = found.get(mailbox);
      if (known) {
        known.roles = [...new Set([...known.roles, ...texts(row['roles'])])];
        known.groups = [...new Set([...known.groups, ...texts(row['groups'])])];
        continue;
      }
      found.set(mailbox, {
        mailbox, person: String(row['name'] ?? '') || all.person(mailbox)?.name || '', institution: String(row['institution'] ?? ''), kind: String(row['kind'] ?? ''),
        roles: texts(row['roles']), groups: texts(row['groups']), privilege: String(row['privilege'] ?? ''),
        exposures: [], intrusions: [],
      });
    }
  }
  const get = (mailbox: string): Somebody => {
    let somebody = found.get(mailbox);
    if (!somebody) {
      const known = all.person(mailbox);
      somebody = { mailbox, person: known?.name ?? '', institution: known?.institution ?? '', kind: known?.kind ?? '', roles: [], groups: known?.groups ?? [], privilege: '', exposures: [], intrusions: [] };
      found.set(mailbox, somebody);
    }
    return somebody;
  };
  for (const [mailbox, rows] of all.exposures.byRecipient) get(mailbox).exposures = rows;
  for (const [mailbox, rows] of all.intrusionsOf) get(mailbox).intrusions = rows;
  return [...found.values()];
}

function likely(all: Case, row: Somebody): Exposure[] {
  return row.exposures.filter((each) => (all.wave(each.wave_id)?.probability ?? 0) > LIKELY);
}

/** Urgent first: broken into, then clicked, then by number of waves. */
function rank(row: Somebody): number {
  const worst = row.exposures.some((each) => each.state === 'clicked') ? 2000 : row.exposures.some((each) => each.state === 'fetched') ? 1000 : 0;
  const broken = row.intrusions.reduce((most, each) => Math.max(most, each.probability), 0);
  return (broken > LIKELY ? 10_000 : 0) + worst + row.exposures.length;
}

function list(all: Case, everybody: readonly Somebody[], context: Context): Child {
  const { params, note } = context;
  const body = h('div');
  const draw = (): void => {
    const campaign = all.campaign(params.get('campaign') ?? '');
    const reached = new Set(campaign?.recipients ?? []);
    const group = params.get('group');
    const words = (params.get('q') ?? '').toLowerCase();
    const show = params.get('show') ?? (everybody.some((row) => row.exposures.length + row.intrusions.length > 0) ? 'aimed' : 'everybody');
    const rows = everybody.filter((row) =>
      (!group || row.groups.includes(group) || row.roles.includes(group) || row.institution === group)
      && (!campaign || reached.has(row.mailbox))
      && (show === 'everybody' || (show === 'reacted' ? row.exposures.some((each) => each.state === 'clicked' || each.state === 'fetched') : show === 'broken' ? row.intrusions.some((each) => each.probability > LIKELY) : row.exposures.length + row.intrusions.length > 0))
      && (words === '' || `${row.mailbox} ${row.person} ${row.institution} ${row.groups.join(' ')} ${row.roles.join(' ')}`.toLowerCase().includes(words)));
    rows.sort((a, b) => rank(b) - rank(a) || a.mailbox.localeCompare(b.mailbox));
    fill(body,
      h('div', { class: 'toolbar' },
        h('span', { class: 'seg' }, (['aimed', 'reacted', 'broken', 'everybody'] as const).map((each) => h('button', { type: 'button', 'aria-pressed': String(show === each), on: { click: () => { note({ show: each }); draw(); } } }, t(`people.${each}`)))),
        h('span', { class: 'quiet' }, tn('n.people', rows.length)),
        group ? h('button', { type: 'button', title: t('filter.remove'), on: { click: () => { note({ group: '' }); draw(); } } }, inert(group, 60), ' \u00d7') : null,
        campaign ? h('button', { type: 'button', title: t('filter.remove'), on: { click: () => { note({ campaign: '' }); draw(); } } }, all.label(campaign.campaign_id), ' \u00d7') : null,
        h('span', { class: 'end' }, exports('people', () => ['mailbox', 'name', 'institution', 'groups', 'waves', 'intrusions'], () => rows.map((row) => ({ mailbox: row.mailbox, name: row.person, institution: row.institution, groups: row.groups.join('; '), waves: row.exposures.length, intrusions: row.intrusions.length }))))),
      rows.length === 0 ? empty(t('people.none'), t('people.none.hint')) : people(all, rows.slice(0, SHOWN)),
      rows.length > SHOWN ? h('p', { class: 'quiet small' }, t('n_of', { n: SHOWN, all: rows.length })) : null);
  };
  const words = h('input', { type: 'search', 'data-search': true, class: 'grow', placeholder: t('people.find'), 'aria-label': t('people.find'), value: params.get('q') ?? '', on: { input: () => { note({ q: words.value.trim() }); draw(); } } });
  draw();
  return [groups(all, everybody, (group) => { note({ group, show: '' }); draw(); }), h('div', { class: 'toolbar', role: 'search' }, words), body];
}

function people(all: Case, rows: readonly Somebody[]): HTMLElement {
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('page.people') }, rove(h('table', null,
    h('thead', null, h('tr', null, [t('person'), t('institution'), t('groups'), t('waves'), t('state'), t('page.accounts')].map((text, at) => h('th', { scope: 'col', class: at === 3 ? 'r' : '' }, text)))),
    h('tbody', null, rows.map((row) => {
      const states = (['clicked', 'fetched', 'targeted', 'unknown'] as const).filter((state) => row.exposures.some((each) => each.state === state));
      return h('tr', null,
        h('th', { scope: 'row' }, h('a', { href: to('/people', { who: row.mailbox }) }, h('span', { class: 'p' }, inert(row.person || row.mailbox, 80))), row.person ? h('div', { class: 'quiet small p' }, inert(row.mailbox, 80)) : null),
        h('td', null, inert(row.institution, 60), row.kind === 'linked' ? [' ', tag(t('linked'))] : null, row.privilege ? [' ', tag(t('privileged'))] : null),
        h('td', { class: 'cell-text' }, inert([...row.roles, ...row.groups].join(', '), 140)),
        h('td', { class: 'r' }, row.exposures.length > 0 ? h('a', { href: to('/people', { who: row.mailbox }) }, count(row.exposures.length)) : '0'),
        h('td', null, states[0] ? exposure(states[0]) : null),
        h('td', null, join(row.intrusions.map((each) => label(all, each.intrusion_id)), ', ')));
    }))), 'tbody a'));
}

/** Who was aimed at, by group: how many of how many. */
function groups(all: Case, everybody: readonly Somebody[], choose: (group: string) => void): Child {
  const byGroup = grouped(everybody.flatMap((row) => [...new Set([...row.groups, ...row.roles])].map((group) => ({ group, row }))), (each) => each.group);
  const chosen = new Map<string, Set<string>>();
  for (const row of all.report.campaigns) for (const group of row.target_groups) chosen.set(group, (chosen.get(group) ?? new Set()).add(row.campaign_id));
  const rows = [...byGroup].map(([group, own]) => {
    const aimed = own.filter(({ row }) => likely(all, row).length > 0);
    return {
      group, all: own.length, aimed: aimed.length,
      reacted: own.filter(({ row }) => row.exposures.some((each) => each.state === 'clicked' || each.state === 'fetched')).length,
      broken: own.filter(({ row }) => row.intrusions.some((each) => each.probability > LIKELY)).length,
    };
  }).filter((row) => row.group !== '' && row.all > 1);
  if (rows.length === 0) return null;
  rows.sort((a, b) => (chosen.has(b.group) ? 1 : 0) - (chosen.has(a.group) ? 1 : 0) || b.aimed / b.all - a.aimed / a.all || b.all - a.all);
  const share = (n: number, of: number): Child => [count(n), h('span', { class: 'meter', 'aria-hidden': 'true' }, h('i', { css: { width: `${(100 * n) / Math.max(1, of)}%` } }))];
  return h('details', { open: true }, h('summary', null, t('people.groups')),
    h('p', { class: 'quiet small' }, t('people.groups.hint')),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('people.groups'), css: { 'max-height': '340px' } }, h('table', { class: 'heat' },
      h('thead', null, h('tr', null, [t('group'), t('people.members'), t('people.aimed'), t('people.reacted'), t('people.broken'), t('people.chosen')].map((text) => h('th', { scope: 'col' }, text)))),
      h('tbody', null, rows.slice(0, 80).map((row) => h('tr', null,
        h('th', { scope: 'row' }, h('button', { type: 'button', class: 'bare', on: { click: () => choose(row.group) } }, inert(row.group, 60))),
        h('td', null, count(row.all)), h('td', { class: 'nowrap' }, share(row.aimed, row.all)), h('td', { class: 'nowrap' }, share(row.reacted, row.all)), h('td', { class: 'nowrap' }, share(row.broken, row.all)),
        h('td', null, join([...(chosen.get(row.group) ?? [])].map((id) => label(all, id)), ', '))))))));
}

function one(all: Case, everybody: readonly Somebody[], who: string): Child {
  const row = everybody.find((each) => each.mailbox === who.toLowerCase());
  if (!row) return empty(t('people.unknown'), h('a', { href: to('/tables/messages', { q: who }) }, t('people.unknown.hint')));
  // Other addresses of the same person: a spouse's or private account is a way in too.
  const others = row.person ? everybody.filter((each) => each.person === row.person && each !== row) : [];
  const times = row.exposures.map((each) => all.wave(each.wave_id)?.first_seen ?? '').filter((time) => time !== '').sort();
  return [
    facts([t('person'), h('span', { class: 'p' }, inert(row.person, 80) || '\u2013')],
      [t('institution'), inert(row.institution, 80) || '\u2013'],
      [t('roles'), inert(row.roles.join(', '), 200) || '\u2013'],
      [t('groups'), inert(row.groups.join(', '), 300) || '\u2013'],
      row.privilege !== '' && [t('privileged'), inert(row.privilege, 60)],
      others.length > 0 && [t('people.others'), join(others.map((each) => h('a', { href: to('/people', { who: each.mailbox }) }, h('span', { class: 'p' }, inert(each.mailbox, 80)))), ', ')],
      times.length > 0 && [t('people.span'), span(times[0], times.at(-1))],
      [t('records'), join([
        h('a', { href: to('/tables/messages', { mailbox: row.mailbox, sort: 'date' }) }, t('count.messages')),
        h('a', { href: to('/tables/events', { account: row.mailbox }) }, t('count.events')),
        h('a', { href: to('/tables/fetches', { account: row.mailbox }) }, t('count.fetches')),
        h('a', { href: to('/findings', { subject: row.mailbox }) }, t('count.findings'))], ' \u00b7 ')]),
    h('h2', null, t('waves')),
    row.exposures.length === 0 ? empty(t('people.no_waves'), t('people.no_waves.hint')) : h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('waves') }, h('table', null,
      h('thead', null, h('tr', null, [t('wave'), t('when'), t('subject'), t('state'), t('why'), t('probability'), t('evidence')].map((text) => h('th', { scope: 'col' }, text)))),
      h('tbody', null, [...row.exposures].sort((a, b) => (all.wave(a.wave_id)?.first_seen ?? '').localeCompare(all.wave(b.wave_id)?.first_seen ?? '')).map((each) => {
        const wave = all.wave(each.wave_id);
        return h('tr', null, h('th', { scope: 'row' }, label(all, each.wave_id)), h('td', { class: 'cell-date' }, minute(wave?.first_seen)), h('td', null, inert(wave?.subject ?? '', 120)),
          h('td', null, exposure(each.state), each.time ? h('div', { class: 'quiet small nowrap' }, minute(each.time)) : null), h('td', { lang: 'en' }, inert(each.detail, 160)), h('td', null, wave ? probability(wave.probability) : null), h('td', null, evidence(each.evidence)));
      })))),
    h('h2', null, t('page.accounts')),
    row.intrusions.length === 0 ? empty(t('people.no_intrusions'), t('people.no_intrusions.hint')) : h('ul', { class: 'plain' }, row.intrusions.map((each) => h('li', { class: 'claim' },
      h('b', null, label(all, each.intrusion_id)), ' ', status(each), ' ', each.kinds.map((kind) => [tag(name('kind', kind)), ' ']), h('div', null, `${minute(each.first_access)} \u2013 ${minute(each.last_access)} UTC`), probability(each.probability, each.prior)))),
  ];
}
