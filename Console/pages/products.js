import { jiraProjects, products, sentryProjects } from '../app/catalog.js';
import { fill, freshID, h, link, plural } from '../app/dom.js';
import { can } from '../app/session.js';
import { badge } from '../components/badges.js';
import { button } from '../components/facts.js';
import { healthBadges } from '../components/health.js';
import { head } from '../components/list.js';
import { moveDialog, productDialog } from '../components/product-form.js';
import { empty, settle } from '../components/states.js';

export async function draw({ main, signal, query, setQuery }) {
  main.append(head('Products', 'What you sell and run: each ties Sentry projects to the Jira projects where they are mended.',
    can('write') && button('Add product', () => productDialog(), 'primary')));
  const place = h('div');
  const id = freshID('find');
  const find = h('input', { id, type: 'search', class: 'form-control form-control-sm', value: query.q ?? '', maxlength: 200, autocomplete: 'off' });
  main.append(h('div', { class: 'ib-filters' }, h('div', { class: 'search' }, h('label', { for: id }, 'Find by name or team'), find)), place);
  await settle(place, async () => ({ rows: await products(), jira: [], sentry: [] }), (data) => {
    if (data.rows.length === 0) {
      return empty('No product yet', can('write') ? 'Add one, then give it its Sentry and Jira projects under Mapping.' : 'Someone with a write token can add one.',
        can('write') && button('Add product', () => productDialog(), 'primary'));
    }
    const tree = h('div', { class: 'ib-card' });
    const health = {};
    const show = () => {
      const text = find.value.trim().toLowerCase();
      setQuery({ q: text });
      fill(tree, drawTree(data, text));
      healthBadges([...tree.querySelectorAll('[data-product]')], signal, health).catch(() => {});
    };
    find.addEventListener('input', show);
    show();
    // The tree is there at once; what its products hold is counted when the projects have come.
    Promise.all([jiraProjects(), sentryProjects()]).then(([jira, sentry]) => {
      if (!signal.aborted) { Object.assign(data, { jira, sentry, counted: true }); show(); }
    }).catch(() => {});
    return tree;
  }, signal);
}

/** The tree; with a text only what has it, and what lies above. */
function drawTree({ rows, jira, sentry, counted }, text) {
  const known = new Set(rows.map((row) => row.id));
  const children = Map.groupBy(rows, (row) => (known.has(row.parent_id) ? row.parent_id : null));
  const tickets = Map.groupBy(jira, (one) => one.product_id);
  const errors = Map.groupBy(sentry, (one) => one.product_id);
  const has = (row) => `${row.name} ${row.slug} ${row.owner_team ?? ''}`.toLowerCase().includes(text);
  const fits = (row) => has(row) || (children.get(row.id) ?? []).some(fits);
  const branch = (parent) => {
    const below = (children.get(parent) ?? []).filter(fits);
    return below.length > 0 && h('ul', {}, below.map((row) => h('li', {}, line(row), branch(row.id))));
  };
  const line = (row) => {
    const open = (errors.get(row.id) ?? []).reduce((sum, one) => sum + one.issue_counts.unresolved, 0);
    return h('div', { class: 'ib-tree-row', dataset: { product: row.id } },
      h('div', { class: 'grow' }, link(`/products/${row.id}`, { class: 'ib-strong' }, row.name), row.owner_team && h('span', { class: 'ib-muted ib-small' }, ` · ${row.owner_team}`)),
      h('span', { class: 'ib-health-place' }),
      badge(row.priority),
      counted && h('span', { class: 'ib-muted ib-small ib-tree-count' }, `${(errors.get(row.id) ?? []).length} Sentry, ${plural((tickets.get(row.id) ?? []).length, 'Jira project')}`),
      counted && h('span', { class: 'ib-small ib-tree-count' }, open > 0 ? link(`/sentry-issues?product_id=${row.id}&status=unresolved`, {}, plural(open, 'open error')) : 'no open errors'),
      can('write') && h('div', { class: 'ib-actions' },
        button('Edit', () => productDialog(row), 'outline-secondary', { 'aria-label': `Edit ${row.name}` }),
        button('Move', () => moveDialog(row), 'outline-secondary', { 'aria-label': `Move ${row.name}` }),
        button('Add below', () => productDialog(undefined, row.id), 'outline-secondary', { 'aria-label': `Add a product below ${row.name}` })));
  };
  const found = branch(null);
  if (!found) return empty('Nothing matches', 'Change the text you look for.');
  found.className = 'ib-tree';
  return found;
}
