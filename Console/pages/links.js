import { productOptions } from '../app/catalog.js';
import { h, link, shortened } from '../app/dom.js';
import { badge, jiraStatus } from '../components/badges.js';
import { head, list } from '../components/list.js';
import { time } from '../components/time.js';

export async function draw(context) {
  context.main.append(
    head('Links', 'Which Sentry issue is mended by which ticket, and whether both sides agree.', [
      link('/proposed-links', { class: 'btn btn-sm btn-outline-secondary' }, 'Proposed'),
      link('/links?state=broken', { class: 'btn btn-sm btn-outline-secondary' }, 'Broken'),
      link('/links?state=pending', { class: 'btn btn-sm btn-outline-secondary' }, 'Waiting'),
    ]),
    list(context, {
      path: '/links', caption: 'Links', sort: '-id', live: 4,
      filters: [
        { name: 'state', label: 'State', kind: 'select', options: [['active', 'active'], ['proposed', 'proposed'], ['pending', 'pending'], ['broken', 'broken']] },
        { name: 'product_id', label: 'Product', kind: 'select', options: productOptions },
      ],
      columns,
      empty: { title: 'No link yet', text: 'Create a Jira ticket from a Sentry issue.', action: () => link('/sentry-issues', { class: 'btn btn-sm btn-primary' }, 'Go to Sentry issues') },
    }).element);
}

export const directions = (one) => (one.sync_sentry_to_jira && one.sync_jira_to_sentry ? 'both ways' : one.sync_jira_to_sentry ? 'Jira → Sentry' : one.sync_sentry_to_jira ? 'Sentry → Jira' : 'not synced');

const columns = [
  { label: 'Sentry issue', kind: 'main', draw: (one) => [link(`/links/${one.id}`, { class: 'ib-strong' }, `${one.sentry_issue.short_id} → ${one.jira_issue?.key ?? 'no ticket yet'}`), h('div', { class: 'ib-small ib-muted ib-clamp' }, shortened(one.sentry_issue.title, 160)), one.last_error && h('div', { class: 'ib-small ib-bad-text' }, shortened(one.last_error))] },
  { label: 'Sentry', draw: (one) => badge(one.sentry_issue.status) },
  { label: 'Jira', draw: (one) => (one.jira_issue ? jiraStatus(one.jira_issue) : '–') },
  { label: 'State', draw: (one) => badge(one.state) },
  { label: 'Synced', draw: directions },
  { label: 'Made', sort: 'created_at', draw: (one) => [time(one.created_at), h('div', { class: 'ib-small ib-muted' }, `${one.link_type} · ${one.created_by}`)] },
];
