import { h, link, shortened } from '../app/dom.js';
import { badge, wordFor } from '../components/badges.js';
import { jobActions } from '../components/job-actions.js';
import { head, list } from '../components/list.js';
import { time } from '../components/time.js';

const states = ['available', 'scheduled', 'running', 'retryable', 'completed', 'cancelled', 'discarded'];

export async function draw(context) {
  const listed = list(context, {
    path: '/jobs', caption: 'Jobs', sort: '-id', live: 3,
    filters: [
      { name: 'state', label: 'State', kind: 'select', options: states.map((state) => [state, wordFor(state)]) },
      { name: 'kind', label: 'Kind', kind: 'text', hint: 'sync_link' },
    ],
    columns: [
      { label: 'Job', kind: 'name', draw: (job) => link(`/jobs/${job.id}`, { class: 'ib-strong' }, `#${job.id} ${job.kind}`) },
      { label: 'State', draw: (job) => badge(job.state) },
      { label: 'About', kind: 'main', draw: (job) => [h('code', {}, shortened(JSON.stringify(job.arguments), 120)), job.errors.length > 0 && job.state !== 'completed' && h('div', { class: 'ib-small ib-bad-text' }, shortened(job.errors.at(-1).error))] },
      { label: 'Attempts', kind: 'number', draw: (job) => `${job.attempts} of ${job.max_attempts}` },
      { label: 'When', draw: (job) => (job.next_run_at ? ['runs ', time(job.next_run_at)] : job.finalized_at ? ['ended ', time(job.finalized_at)] : ['began ', time(job.attempted_at)]) },
      { label: 'Actions', draw: (job) => h('div', { class: 'ib-actions' }, jobActions(job, () => listed.refresh())) },
    ],
    empty: { title: 'No job yet', text: 'What the service does later or again and again is listed here.' },
  });
  context.main.append(
    head('Jobs', 'What the service does later, or again and again. A dead job was given up after its last attempt and waits for a person.',
      link('/jobs?state=discarded', { class: 'btn btn-sm btn-outline-secondary' }, 'Dead jobs')),
    listed.element);
}
