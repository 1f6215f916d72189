import { link, shortened } from '../app/dom.js';
import { badge } from '../components/badges.js';
import { head, list } from '../components/list.js';
import { names } from '../components/names.js';
import { time } from '../components/time.js';

export async function draw(context) {
  const called = await names('jiraOrganizations', 'sentryOrganizations');
  context.main.append(
    head('Webhook deliveries', 'Everything Jira and Sentry delivered, and what became of it. A delivery whose signature is wrong is refused and not kept.'),
    list(context, {
      path: '/webhook-deliveries', caption: 'Webhook deliveries', sort: '-id', live: 4,
      filters: [
        { name: 'source', label: 'From', kind: 'select', options: [['jira', 'Jira'], ['sentry', 'Sentry']] },
        { name: 'state', label: 'State', kind: 'select', options: ['pending', 'processed', 'ignored', 'failed'].map((word) => [word, word]) },
        { name: 'event', label: 'Event', kind: 'text', hint: 'jira:issue_updated' },
        { name: 'received_since', label: 'Received in', kind: 'since', any: 'Any time' },
      ],
      columns: [
        { label: 'Event', draw: (one) => link(`/deliveries/${one.id}`, { class: 'ib-strong' }, shortened(one.event, 80)) },
        { label: 'From', kind: 'name', draw: (one) => called.organization(one.source, one.organization_id) },
        { label: 'State', draw: (one) => badge(one.state, one.state) },
        { label: 'What became of it', kind: 'main', draw: (one) => shortened(one.reason ?? '–', 300) },
        { label: 'Attempts', kind: 'number', draw: (one) => one.attempts.toLocaleString() },
        { label: 'Received', draw: (one) => time(one.received_at) },
      ],
      empty: { title: 'Nothing was delivered yet', text: 'Give Jira and Sentry the webhook address that each organization’s page shows.', action: () => link('/organizations', { class: 'btn btn-sm btn-primary' }, 'Go to organizations') },
    }).element);
}
