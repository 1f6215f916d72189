import { can } from '../app/session.js';
import { button } from '../components/facts.js';
import { head, list } from '../components/list.js';
import { names } from '../components/names.js';
import { act } from '../components/notices.js';
import { startReconciliation } from '../components/run.js';
import { runColumns } from '../components/run-columns.js';

export async function draw(context) {
  const called = await names('jiraOrganizations', 'sentryOrganizations');
  context.main.append(
    head('Sync runs', 'Every reading of Jira and Sentry: what it saw, what it changed, and what failed.',
      can('write') && button('Check links now', (element) => act(element, startReconciliation))),
    list(context, {
      path: '/sync-runs', caption: 'Sync runs', sort: '-id', live: 3,
      filters: [
        { name: 'source', label: 'Source', kind: 'select', options: [['jira', 'Jira'], ['sentry', 'Sentry'], ['links', 'Links']] },
        { name: 'status', label: 'State', kind: 'select', options: ['queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled', 'needs_confirmation'].map((word) => [word, word.replaceAll('_', ' ')]) },
        { name: 'organization_id', label: 'Organization’s id', kind: 'text' },
        { name: 'mode', label: 'Mode', kind: 'select', options: [['incremental', 'incremental'], ['full', 'full']] },
      ],
      columns: runColumns(called),
      empty: { title: 'No sync has run yet', text: 'Start one from an organization.' },
    }).element);
}
