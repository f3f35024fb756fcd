/** Waves and the reasons that link them: a graph, a list, and the wave or link in full. */
import { fill, h, type Child } from '../dom.ts';
import { factor } from '../format.ts';
import { t, tn } from '../i18n/index.ts';
import type { Campaign, Link, Wave } from '../model.ts';
import { getCase, type Case } from '../parts/case.ts';
import { graph, type Drawn } from '../parts/graph.ts';
import { history, notes } from '../parts/decide.ts';
import { joinWith, splitLink, splitWave } from '../parts/links.ts';
import { head } from '../parts/head.ts';
import { rove } from '../parts/keys.ts';
import { evidence, exposure, facts, label, labels, name, person, probability, tag, techniques } from '../parts/marks.ts';
import { feature, sides } from '../parts/sides.ts';
import { empty, loading } from '../parts/states.ts';
import { to, type Context, type Page } from '../router.ts';
import { inert } from '../text.ts';
import { minute, span } from '../time.ts';

export const page: Page = {
  title: 'page.campaigns',
  async show(root, context) {
    const box = h('div');
    fill(root, head(t('page.campaigns'), t('campaigns.note')), box);
    await loading(box, context.signal, async () => view(await getCase(), context));
  },
};

function view(all: Case, context: Context): Child {
  const { report } = all;
  if (report.waves.length === 0) return empty(t('waves.none'), t('waves.none.hint'));
  const detail = h('div', { id: 'detail' });
  const list = h('nav', { 'aria-label': t('waves') });
  let drawn: Drawn | null = null;

  const open = (values: Record<string, string>, move = true): void => {
    context.note({ wave: '', campaign: '', link: '', ...values }, true);
    show(move);
  };
  const show = (move: boolean): void => {
    const wave = all.wave(context.params.get('wave') ?? '');
    const link = linkOf(all, context.params.get('link') ?? '');
    const campaign = all.campaign(context.params.get('campaign') ?? '') ?? all.campaign(wave?.campaign_id ?? '');
    const chosen = campaign ?? largest(all);
    fill(detail, link ? linkView(all, link, context.signal) : wave ? waveView(all, wave, context.signal) : chosen ? campaignView(all, chosen, context.signal) : null);
    drawn?.mark(wave?.wave_id ?? null, link?.waves ?? null);
    for (const item of list.querySelectorAll('a')) {
      const own = item.dataset['key'];
      if (own === wave?.wave_id || (!wave && !link && own === chosen?.campaign_id)) item.setAttribute('aria-current', 'true');
      else item.removeAttribute('aria-current');
    }
    if (move) {
      const title = detail.querySelector<HTMLElement>('h2');
      title?.focus();
    }
  };
  const items = report.campaigns.flatMap((campaign) => [
    h('li', null, h('a', { href: to('/campaigns', { campaign: all.label(campaign.campaign_id) }), 'data-key': campaign.campaign_id, on: { click: (event) => { event.preventDefault(); open({ campaign: all.label(campaign.campaign_id) }); } } },
      h('span', { class: 'row' }, h('b', null, all.label(campaign.campaign_id), ' \u00b7 ', tn('n.waves', campaign.wave_ids.length)), h('span', { class: 'quiet small' }, span(campaign.first_seen, campaign.last_seen))))),
    ...campaign.wave_ids.map((id) => all.wave(id)).filter((wave) => wave !== undefined).map((wave) =>
      h('li', null, h('a', { href: to('/campaigns', { wave: all.label(wave.wave_id) }), 'data-key': wave.wave_id, css: { 'padding-left': '22px' }, on: { click: (event) => { event.preventDefault(); open({ wave: all.label(wave.wave_id) }); } } },
        h('span', { class: 'row' }, h('b', null, all.label(wave.wave_id)), h('span', { class: 'quiet small' }, span(wave.first_seen, wave.last_seen))),
        h('span', { class: 'sub' }, inert(wave.subject, 90) || t('no_subject'))))),
  ]);
  list.append(rove(h('ul', { class: 'list' }, items), 'a'));
  const picture = h('div', { class: 'graph', role: 'img', 'aria-label': t('graph.alt', { waves: report.waves.length, links: report.campaigns.reduce((n, row) => n + row.links.length, 0) }) });
  const legend = h('p', { class: 'legend' }, t('graph.legend'));
  queueMicrotask(() => {
    void graph(picture, all, {
      wave: (id) => open({ wave: all.label(id) }, false),
      link: (waves) => open({ link: waves.map((id) => all.label(id)).join('-') }, false),
    }, context.signal).then((made) => {
      drawn = made;
      show(false);
    });
  });
  show(false);
  return [picture, legend, h('div', { class: 'split' }, list, detail)];
}

function largest(all: Case): Campaign | undefined {
  return [...all.report.campaigns].sort((a, b) => b.wave_ids.length - a.wave_ids.length || b.probability - a.probability)[0];
}

function linkOf(all: Case, key: string): Link | undefined {
  const ids = key.split('-').map((text) => all.wave(text)?.wave_id ?? '');
  if (ids.length !== 2) return undefined;
  return all.report.campaigns.flatMap((row) => row.links).find((link) => link.waves.every((id) => ids.includes(id)));
}

function campaignView(all: Case, row: Campaign, signal: AbortSignal): Child {
  const links = [...row.links].sort((a, b) => b.weight - a.weight);
  const own = [...all.report.intrusions.filter((intrusion) => intrusion.campaign_id === row.campaign_id)];
  return [
    h('h2', { tabindex: -1 }, t('campaign'), ' ', all.label(row.campaign_id)),
    probability(row.probability),
    facts(
      [t('when'), span(row.first_seen, row.last_seen)],
      [t('waves'), labels(all, row.wave_ids, 40)],
      [t('recipients'), h('a', { href: to('/people', { campaign: all.label(row.campaign_id) }) }, tn('n.mailboxes', row.recipients.length))],
      [t('groups'), row.target_groups.length > 0 ? row.target_groups.map((group) => inert(group, 60)).join(', ') : t('none.stated')],
      own.length > 0 && [t('page.accounts'), labels(all, own.map((intrusion) => intrusion.intrusion_id))],
      all.hypothesesOf.has(row.campaign_id) && [t('page.hypotheses'), h('a', { href: to('/hypotheses', { about: all.label(row.campaign_id) }) }, t('hypotheses.open'))]),
    joinWith(all, row.wave_ids, row.campaign_id),
    decidedOn(all, row.wave_ids, signal),
    notes(row.campaign_id, signal),
    h('h3', null, t('links')),
    links.length === 0
      ? empty(t('links.none'))
      : h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('links') }, h('table', null,
          h('thead', null, h('tr', null, h('th', { scope: 'col' }, t('waves')), h('th', { scope: 'col' }, t('reasons')), h('th', { scope: 'col', class: 'r' }, t('weight')), h('th', { scope: 'col' }, t('evidence')))),
          h('tbody', null, links.map((link) => h('tr', null,
            h('th', { scope: 'row', class: 'nowrap' }, h('a', { href: to('/campaigns', { link: link.waves.map((id) => all.label(id)).join('-') }) }, link.waves.map((id) => all.label(id)).join(' \u2013 '))),
            h('td', null, h('span', { class: 'tags' }, link.classes.map((kind) => tag(name('class', kind))))),
            h('td', { class: 'r' }, factor(link.weight)),
            h('td', null, evidence(link.evidence))))))),
  ];
}

/** Joins and splits that speak of these waves, with a way back. */
function decidedOn(all: Case, waves: readonly string[], signal: AbortSignal): HTMLElement {
  const own = new Set(waves.flatMap((id) => [id, ...(all.wave(id)?.message_uids ?? [])]));
  return history((row) => (row.kind === 'wave_join' || row.kind === 'wave_split')
    && ((row.detail['waves'] as string[] | undefined) ?? []).concat(((row.detail['pairs'] as string[][] | undefined) ?? []).flat()).some((id) => own.has(id)), signal);
}

function linkView(all: Case, row: Link, signal: AbortSignal): Child {
  return [
    h('h2', { tabindex: -1 }, t('link'), ' ', labels(all, row.waves)),
    facts([t('weight'), `${factor(row.weight)} (${t('nats', { n: row.weight.toFixed(2) })})`],
      [t('reasons'), h('span', { class: 'tags' }, row.classes.map((kind) => tag(name('class', kind))))],
      [t('evidence'), evidence(row.evidence)]),
    h('ul', null, row.detail.map((text) => h('li', { lang: 'en' }, inert(text, 500)))),
    h('p', { class: 'quiet small' }, t('link.hint')),
    splitLink(all, row.waves),
    decidedOn(all, row.waves, signal),
  ];
}

function waveView(all: Case, row: Wave, signal: AbortSignal): Child {
  const reached = all.exposures.byWave.get(row.wave_id) ?? [];
  const order = ['clicked', 'fetched', 'targeted', 'unknown'];
  reached.sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.recipient.localeCompare(b.recipient));
  return [
    h('h2', { tabindex: -1 }, t('wave'), ' ', all.label(row.wave_id), ' \u00b7 ', label(all, row.campaign_id)),
    probability(row.probability, row.prior),
    facts(
      [t('subject'), inert(row.subject, 200) || t('no_subject')],
      [t('when'), `${minute(row.first_seen)} \u2013 ${minute(row.last_seen)} UTC`],
      [t('senders'), row.senders.map((sender) => inert(sender, 90)).join(', ')],
      [t('templates'), row.templates.length > 0 ? h('span', { class: 'mono' }, row.templates.slice(0, 6).map((url) => h('div', null, inert(url, 200)))) : t('none.stated')],
      [t('groups'), row.target_groups.length > 0 ? row.target_groups.map((group) => inert(group, 60)).join(', ') : t('none.stated')],
      row.techniques.length > 0 && [t('techniques'), techniques(row.techniques)]),
    splitWave(all, row),
    joinWith(all, [row.wave_id], row.campaign_id),
    decidedOn(all, [row.wave_id], signal),
    sides(row.features.map((item) => ({ what: h('span', { lang: 'en' }, feature(all, item)), nats: item.log_likelihood_ratio, evidence: item.evidence }))),
    h('h3', null, t('messages_n', { n: row.message_uids.length })),
    h('div', { class: 'columns small' }, row.message_uids.slice(0, 60).map((uid, at) =>
      h('div', null, h('a', { href: `/messages/${uid}`, class: 'mono', title: uid }, `${at + 1}. ${uid.slice(3, 15)}\u2026`)))),
    row.message_uids.length > 60 ? h('p', { class: 'quiet small' }, t('n_of', { n: 60, all: row.message_uids.length })) : null,
    h('h3', null, t('recipients')),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('recipients') }, h('table', null,
      h('thead', null, h('tr', null, [t('person'), t('state'), t('when'), t('why'), t('evidence')].map((text) => h('th', { scope: 'col' }, text)))),
      h('tbody', null, reached.map((item) => h('tr', null,
        h('th', { scope: 'row' }, person(all, item.recipient)), h('td', null, exposure(item.state)), h('td', { class: 'cell-date' }, minute(item.time)),
        h('td', { lang: 'en' }, inert(item.detail, 200)), h('td', null, evidence(item.evidence))))))),
    notes(row.wave_id, signal),
  ];
}
