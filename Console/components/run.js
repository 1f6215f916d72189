import { send } from '../app/api.js';
import { forget } from '../app/catalog.js';
import { h } from '../app/dom.js';
import { go } from '../app/router.js';
import { meter } from './badges.js';
import { formDialog } from './dialog.js';

/** How far a run is, as a bar with words. */
export function runProgress(run) {
  const { done, total } = run.progress;
  const text = total > 0 ? `${done.toLocaleString()} of ${total.toLocaleString()} ${run.source === 'links' ? 'links' : 'projects'}` : 'Not begun';
  return h('div', { class: 'ib-progress' }, meter(total > 0 ? done / total : run.finished_at ? 1 : 0, 'Progress', run.status === 'failed' ? 'bad' : run.status === 'partial' ? 'warn' : run.status === 'succeeded' ? 'good' : ''), h('span', { class: 'ib-small ib-muted' }, text));
}

/** What a run changed, in one line. */
export function runChanges(run) {
  const parts = [['new', run.issues_created], ['updated', run.issues_updated], ['unchanged', run.issues_unchanged], ['deleted', run.issues_deleted],
    ['apart', run.links_drifted], ['repaired', run.links_repaired]]
    .filter(([, count]) => count > 0).map(([word, count]) => `${count.toLocaleString()} ${word}`);
  return parts.join(', ') || 'nothing';
}

/** Asks how to sync an organization, starts it and follows it. */
export function syncDialog(kind, organization) {
  const word = kind === 'jira' ? 'keys' : 'slugs';
  formDialog(`Sync ${organization.name}`, [
    { name: 'mode', label: 'What to read', kind: 'select', value: 'incremental', options: [['incremental', 'What changed since the last sync'], ['full', 'Everything']] },
    { name: 'dry_run', label: 'Dry run', kind: 'check', help: 'Reads and compares, and writes nothing: the run then says what it would have changed.' },
    { name: 'project_keys', label: `Only these projects (${word}, separated by commas)`, help: 'Empty is all projects.' },
    { name: 'force', label: 'Also while another sync runs', kind: 'check' },
  ], {
    submit: 'Start',
    save: (values) => startSync(kind, organization.id, { ...values, project_keys: (values.project_keys ?? '').split(/[\s,]+/).filter(Boolean) }),
  });
}

/** Compares all links now, and shows the run. */
export async function startReconciliation() {
  const { body } = await send('POST', '/reconciliations', { body: {} });
  go(`/sync-runs/${body.id}`);
}

export async function startSync(kind, id, request = {}) {
  const { body } = await send('POST', `/${kind}-organizations/${id}/sync-runs`, { body: { mode: 'incremental', ...request } });
  forget();
  go(`/sync-runs/${body.id}`);
}
