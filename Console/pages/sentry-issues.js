import { productOptions, organizationOptions, sentryProjectOptions } from '../app/catalog.js';
import { h, link, outside, shortened } from '../app/dom.js';
import { go } from '../app/router.js';
import { can } from '../app/session.js';
import { badge } from '../components/badges.js';
import { button } from '../components/facts.js';
import { head, list } from '../components/list.js';
import { names, ticketTags } from '../components/names.js';
import { time } from '../components/time.js';

export async function draw(context) {
  const called = names('sentryProjects');
  context.main.append(
    head('Sentry issues', can('write') ? 'Errors as Sentry groups them. Select some to make Jira tickets of them.' : 'Errors as Sentry groups them, and the tickets they have.'),
    list(context, {
      path: '/sentry-issues', caption: 'Sentry issues', sort: '-last_seen_at',
      filters: [
        { name: 'q', label: 'Search titles', kind: 'search' },
        { name: 'status', label: 'Status', kind: 'select', options: [['unresolved', 'unresolved'], ['resolved', 'resolved'], ['ignored', 'archived']] },
        { name: 'level', label: 'Level', kind: 'select', options: ['fatal', 'error', 'warning', 'info', 'debug', 'sample'].map((word) => [word, word]) },
        { name: 'linked', label: 'Ticket', kind: 'select', options: [['false', 'without a ticket'], ['true', 'with a ticket']] },
        { name: 'product_id', label: 'Product', kind: 'select', options: productOptions },
        { name: 'sentry_project_id', label: 'Project', kind: 'select', options: sentryProjectOptions },
        { name: 'sentry_organization_id', label: 'Organization', kind: 'select', options: () => organizationOptions('sentry') },
        { name: 'last_seen_since', label: 'Seen in', kind: 'since', any: 'Any time' },
      ],
      columns: columns(await called),
      select: can('write') && {
        name: (issue) => issue.short_id,
        actions: (rows) => button('Create Jira tickets', () => go(`/tickets/new?ids=${rows.slice(0, 200).map((row) => row.id).join(',')}`), 'primary'),
      },
      empty: { title: 'No Sentry issue yet', text: 'Add a Sentry organization and sync it.', action: () => link('/organizations', { class: 'btn btn-sm btn-primary' }, 'Go to organizations') },
    }).element);
}

const columns = (called) => [
  { label: 'Issue', kind: 'main', draw: (issue) => [
    link(`/sentry-issues/${issue.id}`, { class: 'ib-clamp ib-strong' }, shortened(issue.title)),
    h('div', { class: 'ib-small ib-muted' }, outside(issue.permalink, issue.short_id), ' · ', called.sentryProject(issue.sentry_project_id), issue.culprit && ` · ${shortened(issue.culprit, 80)}`)] },
  { label: 'Level and status', draw: (issue) => [badge(issue.level), ' ', badge(issue.status)] },
  { label: 'Tickets', draw: (issue) => ticketTags(issue.links) },
  { label: 'Events', kind: 'number', sort: 'event_count', draw: (issue) => issue.event_count.toLocaleString() },
  { label: 'Users', kind: 'number', sort: 'user_count', draw: (issue) => issue.user_count.toLocaleString() },
  { label: 'Last seen', sort: 'last_seen_at', draw: (issue) => time(issue.last_seen_at) },
  { label: 'First seen', sort: 'first_seen_at', draw: (issue) => time(issue.first_seen_at) },
];
