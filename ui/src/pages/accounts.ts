/** Unauthorised access: when, how sure, what was read, what could not be seen. */
import { fill, h, join, type Child } from '../dom.ts';
import { LIKELY } from '../format.ts';
import { t, tn } from '../i18n/index.ts';
import type { Intrusion } from '../model.ts';
import { browse } from '../parts/browser.ts';
import { getCase, type Case } from '../parts/case.ts';
import { head } from '../parts/head.ts';
import { interval } from '../parts/interval.ts';
import { rove } from '../parts/keys.ts';
import { evidence, facts, label, name, person, probability, status, tag, techniques } from '../parts/marks.ts';
import { feature, sides } from '../parts/sides.ts';
import { empty, loading } from '../parts/states.ts';
import { to, type Context, type Page } from '../router.ts';
import { inert } from '../text.ts';
import { minute, span } from '../time.ts';

export const page: Page = {
  title: 'page.accounts',
  async show(root, context) {
    const box = h('div');
    fill(root, head(t('page.accounts'), t('accounts.note')), box);
    await loading(box, context.signal, async () => view(await getCase(), context));
  },
};

function view(all: Case, context: Context): Child {
  const { params, note } = context;
  const { intrusions } = all.report;
  if (intrusions.length === 0) return empty(t('intrusions.none'), t('intrusions.none.hint'));
  const detail = h('div');
  const list = h('ul', { class: 'list' });
  const choice = (): Intrusion[] => intrusions.filter((row) => !params.get('status') || row.status === params.get('status'));
  const show = (move: boolean): void => {
    const rows = choice();
    const row = all.intrusion(params.get('intrusion') ?? '') ?? rows.find((each) => each.probability > LIKELY) ?? rows[0];
    fill(list, rows.map((each) => h('li', null, h('a', { href: to('/accounts', { intrusion: all.label(each.intrusion_id) }), 'aria-current': each === row ? 'true' : null, on: { click: (event) => {
      event.preventDefault();
      note({ intrusion: all.label(each.intrusion_id) }, true);
      show(true);
    } } },
      h('span', { class: 'row' }, h('span', null, h('b', null, all.label(each.intrusion_id)), ' ', person(all, each.account, false)), each.status === 'active' ? status(each) : null),
      h('span', { class: 'sub' }, span(each.first_access, each.last_access), ' \u00b7 ', each.kinds.map((kind) => name('kind', kind)).join(', '))))));
    fill(detail, row ? one(all, row, context) : null);
    if (move) detail.querySelector<HTMLElement>('h2')?.focus();
  };
  const filter = h('span', { class: 'seg' }, (['', 'active', 'unknown', 'ended'] as const).map((each) => {
    const button = h('button', { type: 'button', 'aria-pressed': String((params.get('status') ?? '') === each), on: { click: () => {
      note({ status: each, intrusion: '' });
      for (const other of filter.querySelectorAll('button')) other.setAttribute('aria-pressed', String(other === button));
      show(false);
    } } }, each === '' ? t('all') : t(`status.${each}`), ` ${intrusions.filter((row) => each === '' || row.status === each).length}`);
    return button;
  }));
  show(false);
  return [h('div', { class: 'toolbar' }, filter), h('div', { class: 'split' }, h('nav', { 'aria-label': t('page.accounts') }, rove(list, 'a')), detail)];
}

/** `messages 412` as `412 messages`. */
function amount(text: string): string {
  const [, what, n] = /^(.*) (\d+)$/.exec(text) ?? [];
  return what && n ? `${n} ${name('amount', what)}` : inert(text, 60);
}

function one(all: Case, row: Intrusion, context: Context): Child {
  const bounds = (times: readonly string[]): string => times.length > 1 ? t('bounds', { from: minute(times[0]), to: minute(times.at(-1)) }) : '';
  const events = h('div');
  const before = new Date(Date.parse(row.first_access ?? '') - 864e5).toISOString();
  const after = new Date(Date.parse(row.last_access ?? '') + 864e5).toISOString();
  const opener = h('button', { type: 'button', on: { click: () => {
    opener.remove();
    // Its own filters: the page's URL stays that of the intrusion.
    const params = new URLSearchParams({ account: row.account, 'min.time': row.first_access ?? before, 'max.time': row.last_access ?? after, sort: 'time' });
    void browse(events, { ...context, params, note: (values) => {
      for (const [key, value] of Object.entries(values)) value === '' || value === null || value === undefined ? params.delete(key) : params.set(key, String(value));
    } }, { table: row.kinds.includes('call_records') ? 'record_lookups' : 'events', caption: t('count.events') });
  } } }, t('accounts.events'));
  const numbers = row.kinds.includes('call_records');
  return [
    h('h2', { tabindex: -1 }, all.label(row.intrusion_id), ' \u00b7 ', person(all, row.account), ' ', status(row)),
    probability(row.probability, row.prior),
    interval(row),
    facts(
      [t('first_access'), [`${minute(row.first_access)} UTC `, h('span', { class: 'quiet small' }, bounds(row.first_access_bounds)), row.start_censored ? [' ', tag(t('censored.start'))] : null]],
      [t('last_access'), [`${minute(row.last_access)} UTC `, h('span', { class: 'quiet small' }, bounds(row.last_access_bounds)), row.end_censored ? [' ', tag(t('censored.end'))] : null]],
      [t('kinds'), h('span', { class: 'tags' }, row.kinds.map((kind) => tag(name('kind', kind))))],
      [t('was_read'), row.read.length > 0 ? join(row.read.map(amount), ', ') : t('none.stated')],
      [t('actor'), inert(row.actor, 200) || '\u2013'],
      [t('campaign'), row.campaign_id ? label(all, row.campaign_id) : t('none.joined')],
      row.techniques.length > 0 && [t('techniques'), techniques(row.techniques)],
      [t('evidence'), evidence(row.evidence)],
      all.hypothesesOf.has(row.intrusion_id) && [t('page.hypotheses'), h('a', { href: to('/hypotheses', { about: all.label(row.intrusion_id) }) }, t('hypotheses.open'))],
      [t('elsewhere'), h('a', { href: to('/timeline', { from: before, to: after }) }, t('page.timeline'))]),
    sides(row.features.map((item) => ({ what: h('span', { lang: 'en' }, feature(all, item)), nats: item.log_likelihood_ratio, evidence: item.evidence }))),
    h('h3', null, t('blind')),
    row.gaps.length === 0 ? h('p', { class: 'quiet' }, t('blind.none')) : row.gaps.map((gap) => h('div', { class: 'gap' }, `${minute(gap.from)} \u2013 ${minute(gap.to)} UTC: `, h('span', { lang: 'en' }, inert(gap.reason, 200)))),
    h('h3', null, t('sessions'), ' ', h('span', { class: 'quiet' }, tn('n.sessions', row.sessions.length))),
    row.sessions.length === 0 ? h('p', { class: 'quiet' }, t('sessions.none')) : h('ul', { class: 'plain columns small mono' }, row.sessions.slice(0, 60).map((session) => h('li', null, numbers ? inert(session, 60) : h('a', { href: to('/tables/events', { session, sort: 'time' }) }, inert(session, 60))))),
    row.sessions.length > 60 ? h('p', { class: 'quiet small' }, t('n_of', { n: 60, all: row.sessions.length })) : null,
    h('h3', null, t('count.events')),
    numbers ? h('p', null, h('a', { href: to('/tables/record_lookups', { subject_number: row.account, sort: 'time' }) }, t('count.lookups'))) : [opener, events],
  ];
}
