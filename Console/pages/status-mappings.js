import { get, put } from '../app/api.js';
import { jiraProjects, products } from '../app/catalog.js';
import { h, link } from '../app/dom.js';
import { reload } from '../app/router.js';
import { can } from '../app/session.js';
import { confirmed } from '../components/dialog.js';
import { button, card, facts } from '../components/facts.js';
import { head } from '../components/list.js';
import { actionNames, mappingDialog, policyNames, targetName } from '../components/mapping-form.js';
import { names } from '../components/names.js';
import { notice } from '../components/notices.js';
import { settle } from '../components/states.js';
import { time } from '../components/time.js';

export async function draw({ main, signal }) {
  const called = await names('products', 'jiraProjects');
  const place = h('div', { class: 'ib-stack' });
  main.append(head('Status mappings', 'What a status on one side asks of the other. A Jira project’s own mapping goes before its product’s, and that before the one for all.', can('write') && [
    button('Add for a product', async () => mappingDialog({ title: 'A mapping for a product', choices: ['product_id', 'Product', await products()] }, reload)),
    button('Add for a Jira project', async () => mappingDialog({ title: 'A mapping for a Jira project', choices: ['jira_project_id', 'Jira project', await jiraProjects()] }, reload)),
  ]), place);
  await settle(place, () => get('/status-mappings', {}, signal), ({ data }) => data.map((one) => mapping(one, called)), signal);
}

function title(one, called) {
  if (one.scope === 'global') return 'For all';
  if (one.scope === 'product') return `Product ${called.found.products.get(one.product_id)?.name ?? one.product_id}`;
  return `Jira project ${called.found.jiraProjects.get(one.jira_project_id)?.key ?? one.jira_project_id}`;
}

const triggerName = (key) => ({ new: 'to do', indeterminate: 'in progress', done: 'done' })[key] ?? key.replace(':', ' ');

function mapping(one, called) {
  const name = title(one, called);
  const arrow = (from, to) => h('li', {}, h('span', { class: 'ib-tag' }, from), ' → ', to);
  const order = (key) => (key.includes(':') ? `1${key}` : `0${['new', 'indeterminate', 'done'].indexOf(key)}`);
  return card(name, [
    h('div', { class: 'ib-two' },
      h('div', {}, h('h3', { class: 'mb-1' }, 'When the ticket is …'), h('ul', { class: 'ib-plain' }, Object.entries(one.jira_to_sentry).sort(([a], [b]) => order(a).localeCompare(order(b))).map(([key, action]) => arrow(triggerName(key), actionNames[action])))),
      h('div', {}, h('h3', { class: 'mb-1' }, 'When the error is …'), h('ul', { class: 'ib-plain' }, ['resolved', 'unresolved', 'ignored'].map((key) => arrow(key === 'ignored' ? 'archived' : key, targetName(one.sentry_to_jira[key])))))),
    h('div', { class: 'mt-3' }, facts([
      ['Both changed', policyNames[one.conflict_policy]],
      ['Regressions', one.reopen_window_days === null ? 'always reopen the ticket' : `reopen the ticket for ${one.reopen_window_days} days; after that a new one is made`],
      ['Archived errors', one.keep_archived ? 'are left alone' : 'follow their ticket'],
      ['Changed', time(one.updated_at, 'never: as delivered')],
    ])),
  ], can('write') && [
    button('Edit', () => mappingDialog({ title: `Edit: ${name}`, one }, reload), 'outline-secondary', { 'aria-label': `Edit ${name}` }),
    one.scope !== 'global' && button('Remove', () => confirmed(`Remove the mapping?`, [`${name} then follows the wider mapping: `, link('/status-mappings', {}, 'see them all'), '.'], 'Remove', async () => {
      await put('/status-mappings', { product_id: one.product_id, jira_project_id: one.jira_project_id, inherit: true });
      notice('The wider mapping holds again.');
      reload();
    }), 'outline-danger', { 'aria-label': `Remove ${name}` }),
  ]);
}
