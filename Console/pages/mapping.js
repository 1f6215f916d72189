import { post } from '../app/api.js';
import { forget, jiraOrganizations, jiraProjects, products, sentryOrganizations, sentryProjects } from '../app/catalog.js';
import { fill, freshID, h, link, plural } from '../app/dom.js';
import { can } from '../app/session.js';
import { button, card } from '../components/facts.js';
import { filters } from '../components/filters.js';
import { head } from '../components/list.js';
import { assignDialog } from '../components/assign.js';
import { act, notice } from '../components/notices.js';
import { productChoices } from '../components/product-form.js';
import { empty, settle } from '../components/states.js';

const sides = [['sentry', 'Sentry projects'], ['jira', 'Jira projects']];

export async function draw({ main, signal, query, setQuery }) {
  main.append(head('Mapping', 'Which Sentry and Jira projects belong to which product. Choose projects on both sides, then assign them together.'));
  const place = h('div');
  main.append(place);
  const load = async () => {
    forget();
    const [rows, jira, sentry, jiraOrgs, sentryOrgs] = await Promise.all([products(), jiraProjects(), sentryProjects(), jiraOrganizations(), sentryOrganizations()]);
    return { rows, jira, sentry, jiraOrgs, sentryOrgs };
  };
  await settle(place, load, (data) => board(data, query, setQuery, load), signal);
}

function board(data, query, setQuery, load) {
  if (data.jira.length + data.sentry.length === 0) {
    return empty('No project yet', 'Add an organization and sync it: its projects appear here.', link('/organizations', { class: 'btn btn-sm btn-primary' }, 'Go to organizations'));
  }
  let values = query;
  const chosen = { jira: new Set(), sentry: new Set() };
  const places = { jira: h('div'), sentry: h('div') };
  const bar = h('div', { class: 'ib-selection', role: 'group', 'aria-label': 'What to do with the selected projects' });
  const told = h('div', { class: 'visually-hidden', role: 'status' });
  const product = h('select', { class: 'form-select form-select-sm', id: freshID('product') });
  const platforms = [...new Set(data.sentry.map((one) => one.platform).filter(Boolean))].sort();

  const fits = (one) => {
    const text = (values.q ?? '').toLowerCase();
    const name = `${one.key ?? ''} ${one.slug ?? ''} ${one.name} ${one.platform ?? ''}`.toLowerCase();
    if (text && !name.includes(text)) return false;
    if (values.product === 'none' && one.product_id !== null) return false;
    if (values.product && values.product !== 'none' && String(one.product_id) !== values.product) return false;
    return !(values.platform && one.platform !== values.platform);
  };
  const shown = (kind) => data[kind].filter(fits);

  function show() {
    for (const [kind] of sides) fill(places[kind], side(kind));
    tell();
  }

  function side(kind) {
    const rows = shown(kind);
    if (rows.length === 0) return h('p', { class: 'ib-muted' }, 'No project matches.');
    const organizations = new Map((kind === 'jira' ? data.jiraOrgs : data.sentryOrgs).map((one) => [one.id, one.name]));
    return [...Map.groupBy(rows, (one) => one[`${kind}_organization_id`])].map(([id, group]) => {
      const boxes = group.map((one) => projectLine(kind, one));
      const every = h('input', { type: 'checkbox', class: 'form-check-input', id: freshID('all'), checked: group.every((one) => chosen[kind].has(one.id)), onchange: () => {
        group.forEach((one, index) => { toggle(kind, one.id, every.checked); boxes[index].box.checked = every.checked; });
        tell();
      } });
      return h('fieldset', { class: 'ib-map-group' },
        h('legend', {}, organizations.get(id) ?? `#${id}`, h('span', { class: 'ib-muted' }, ` · ${plural(group.length, 'project')}`)),
        h('div', { class: 'form-check' }, every, h('label', { class: 'form-check-label ib-muted', for: every.id }, 'All of them')),
        h('ul', { class: 'ib-map-list' }, boxes.map((one) => one.element)));
    });
  }

  const productNames = new Map(data.rows.map((row) => [row.id, row.name]));
  function projectLine(kind, one) {
    const id = freshID('project');
    const box = h('input', { type: 'checkbox', class: 'form-check-input', id, checked: chosen[kind].has(one.id), disabled: !can('write'), onchange: () => { toggle(kind, one.id, box.checked); tell(); } });
    const open = kind === 'jira' ? one.issue_counts.new + one.issue_counts.indeterminate : one.issue_counts.unresolved;
    return { box, element: h('li', {}, h('div', { class: 'form-check' }, box,
      h('label', { class: 'form-check-label', for: id }, h('strong', {}, one.key ?? one.slug), h('span', { class: 'ib-muted' }, ` ${one.name}${one.platform ? ` · ${one.platform}` : ''} · ${open.toLocaleString()} open`))),
    one.product_id === null ? h('span', { class: 'ib-muted ib-small' }, 'no product') : link(`/products/${one.product_id}`, { class: 'ib-tag' }, productNames.get(one.product_id) ?? `#${one.product_id}`)) };
  }

  function toggle(kind, id, on) { if (on) chosen[kind].add(id); else chosen[kind].delete(id); }
  function choose(test) {
    for (const [kind] of sides) for (const one of shown(kind)) if (test(one)) chosen[kind].add(one.id);
    show();
  }

  function tell() {
    const count = chosen.jira.size + chosen.sentry.size;
    told.textContent = `${plural(count, 'project')} selected`;
    bar.hidden = count === 0 || !can('write');
    words.textContent = `${chosen.sentry.size} Sentry, ${chosen.jira.size} Jira selected`;
  }

  async function assign(element, productID) {
    const picked = Object.fromEntries(sides.map(([kind]) => [kind, data[kind].filter((one) => chosen[kind].has(one.id))]));
    const conflicts = [...picked.sentry, ...picked.jira].filter((one) => one.product_id !== null && one.product_id !== productID);
    const send = async (onConflict) => {
      const result = await post('/project-assignments', { product_id: productID, jira_project_ids: [...chosen.jira], sentry_project_ids: [...chosen.sentry], on_conflict: onConflict });
      Object.assign(data, await load());
      chosen.jira.clear();
      chosen.sentry.clear();
      show();
      const parts = ['assigned', 'moved', 'kept', 'unassigned'].filter((word) => result[word] > 0).map((word) => `${result[word]} ${word}`);
      notice(`${parts.join(', ') || 'Nothing to change'}.${result.not_found.length > 0 ? ` ${plural(result.not_found.length, 'project')} no longer there.` : ''}`);
    };
    if (conflicts.length === 0) return act(element, () => send('move'));
    return assignDialog(conflicts, productNames, productID, send);
  }

  const words = h('strong');
  fill(product, data.rows.length === 0 ? h('option', { value: '' }, 'No product yet') : productChoices(data.rows).map(([value, text]) => h('option', { value }, text)));
  fill(bar, words, h('div', { class: 'ib-actions' },
    h('label', { for: product.id, class: 'col-form-label col-form-label-sm' }, 'Product'), product,
    data.rows.length > 0 && button('Assign', (element) => assign(element, Number(product.value)), 'primary'),
    button('Take out of their product', (element) => assign(element, null)),
    button('Clear selection', () => { chosen.jira.clear(); chosen.sentry.clear(); show(); })));
  show();
  return [
    filters([
      { name: 'q', label: 'Find a project', kind: 'search' },
      { name: 'product', label: 'Product', kind: 'select', options: [['none', 'Without a product'], ...productChoices(data.rows)] },
      { name: 'platform', label: 'Platform', kind: 'select', options: platforms.map((word) => [word, word]) },
    ], values, (next) => { values = next; setQuery(next); show(); }),
    can('write') && h('div', { class: 'ib-actions mb-3' },
      button('Select all shown', () => choose(() => true)),
      button('Select those without a product', () => choose((one) => one.product_id === null))),
    told, h('div', { class: 'ib-two' }, sides.map(([kind, title]) => card(title, places[kind]))), bar,
  ];
}
