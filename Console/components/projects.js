import { patch } from '../app/api.js';
import { forget } from '../app/catalog.js';
import { h, link } from '../app/dom.js';
import { can } from '../app/session.js';
import { badge } from './badges.js';
import { formDialog } from './dialog.js';
import { button, card } from './facts.js';
import { list } from './list.js';
import { notice } from './notices.js';
import { time } from './time.js';

/** An organization's projects: what is read of each, and what new tickets in it are like. */
export function projectsCard(context, kind, organization) {
  const issues = kind === 'jira' ? 'jira-issues' : 'sentry-issues';
  const listed = list({ ...context, query: {}, setQuery: () => {} }, {
    path: `/${kind}-projects`, caption: 'Projects of this organization', sort: kind === 'jira' ? 'key' : 'slug', limit: 20, live: 10,
    fixed: { [`${kind}_organization_id`]: organization },
    columns: [
      { label: 'Project', kind: 'main', draw: (one) => [h('strong', {}, one.key ?? one.slug), h('span', { class: 'ib-muted' }, ` ${one.name}`), one.archived && h('span', { class: 'ib-tag ms-1' }, 'archived')] },
      { label: 'Issues', kind: 'number', draw: (one) => link(`/${issues}?${kind}_project_id=${one.id}`, {}, one.issue_counts.total.toLocaleString()) },
      { label: 'Read', draw: (one) => (one.sync_enabled ? badge('active', one.max_issues === null ? 'all issues' : `newest ${one.max_issues.toLocaleString()}`) : badge('cancelled', 'not read')) },
      kind === 'jira' && { label: 'New tickets', draw: (one) => [one.default_issue_type, one.default_priority].filter(Boolean).join(', ') || h('span', { class: 'ib-muted' }, 'as Jira decides') },
      { label: 'Last sync', draw: (one) => time(one.last_synced_at) },
      can('write') && { label: 'Actions', draw: (one) => button('Edit', () => projectDialog(kind, one, () => listed.refresh()), 'outline-secondary', { 'aria-label': `Edit project ${one.key ?? one.slug}` }) },
    ].filter(Boolean),
    empty: { title: 'No project yet', text: 'Sync to read the projects that this account may see.' },
  });
  return card('Projects', listed.element, link('/mapping', {}, 'Map them to products'), { class: 'mb-3' });
}

function projectDialog(kind, one, refresh) {
  formDialog(`Edit ${one.key ?? one.slug}`, [
    { name: 'sync_enabled', label: 'Read this project when its organization is synced', kind: 'check', value: one.sync_enabled },
    { name: 'max_issues', label: 'Most issues to read', kind: 'number', min: 1, value: one.max_issues, help: 'Empty: all. Otherwise the newest.' },
    kind === 'jira' && { name: 'default_issue_type', label: 'Issue type of new tickets', value: one.default_issue_type, most: 200, help: 'By its name in Jira. Empty: Bug, or what there is.' },
    kind === 'jira' && { name: 'default_priority', label: 'Priority of new tickets', value: one.default_priority, most: 200, help: 'By its name in Jira. Empty: as Jira decides.' },
  ].filter(Boolean), {
    save: async (values) => {
      const saved = await patch(`/${kind}-projects/${one.id}`, values);
      forget();
      return saved;
    },
    done: (saved) => { notice(`${saved.key ?? saved.slug} is saved.`); refresh(); },
  });
}
