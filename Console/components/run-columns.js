import { h, link } from '../app/dom.js';
import { badge } from './badges.js';
import { runChanges, runProgress } from './run.js';
import { duration, time } from './time.js';

/** Columns of a list of sync runs; with names also whose they are. */
export function runColumns(called) {
  return [
    { label: 'Run', draw: (run) => link(`/sync-runs/${run.id}`, {}, `#${run.id}`) },
    called && { label: 'Organization', kind: 'name', draw: (run) => (run.source === 'links' ? 'Links' : called.organization(run.source, run.organization_id)) },
    { label: 'State', draw: (run) => [badge(run.status), ['running', 'queued'].includes(run.status) && runProgress(run)] },
    { label: 'Kind', draw: (run) => [run.mode, run.dry_run && h('span', { class: 'ib-tag ms-1' }, 'dry run'), h('span', { class: 'ib-muted' }, ` · ${run.trigger}`)] },
    { label: 'Issues', kind: 'number', draw: (run) => run.issues_seen.toLocaleString() },
    { label: 'Changed', draw: (run) => runChanges(run) },
    { label: 'Began', draw: (run) => time(run.started_at ?? run.created_at) },
    { label: 'Took', kind: 'number', draw: (run) => duration(run.duration_seconds) },
  ].filter(Boolean);
}
