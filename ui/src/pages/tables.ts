/** Any table of the case. */
import { getTables } from '../api.ts';
import { fill, h } from '../dom.ts';
import { t } from '../i18n/index.ts';
import { browse } from '../parts/browser.ts';
import { head } from '../parts/head.ts';
import { name } from '../parts/marks.ts';
import { loading } from '../parts/states.ts';
import { go, to, type Page } from '../router.ts';
import { inert } from '../text.ts';

export const page: Page = {
  title: 'page.tables',
  async show(root, context) {
    if (context.rest === '') {
      const box = h('div');
      fill(root, head(t('page.tables'), t('tables.note')), box);
      await loading(box, context.signal, async () => {
        const { tables } = await getTables();
        return h('ul', { class: 'plain columns' }, tables.map((table) => h('li', null,
          h('h3', null, h('a', { href: `/tables/${table.name}` }, table.name)),
          h('p', { class: 'quiet small' }, name('table', table.name), h('br'), table.columns.map((column) => column.name).join(', ')))));
      });
      return;
    }
    const table = context.rest;
    const choice = h('select', { 'aria-label': t('table'), on: { change: () => go(`/tables/${choice.value}`) } });
    fill(root, head(inert(table, 40), name('table', table), choice,
      h('a', { class: 'button', href: to('/search', { sql: `SELECT * FROM ${table} LIMIT 100` }) }, 'SQL')));
    void getTables().then(({ tables }) => choice.append(...tables.map((each) => h('option', { selected: each.name === table }, each.name))), () => undefined);
    await browse(root, context, { table, caption: table, ...(table === 'messages' ? { href: (row) => `/messages/${String(row['message_uid'])}` } : {}) });
  },
};
