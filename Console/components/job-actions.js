import { post, remove } from '../app/api.js';
import { can } from '../app/session.js';
import { button } from './facts.js';
import { act } from './notices.js';

const waits = (job) => ['available', 'scheduled', 'retryable'].includes(job.state);

/** A job's buttons: what its state allows. */
export function jobActions(job, refresh) {
  if (!can('write')) return null;
  const press = (text, work, done, kind) => button(text, (element) => act(element, async () => { await work(); await refresh(); }, done), kind, { 'aria-label': `${text} job ${job.id}` });
  return [
    !['available', 'running'].includes(job.state) && press(waits(job) ? 'Run now' : 'Retry', () => post(`/jobs/${job.id}/retries`), 'The job runs now.', job.state === 'discarded' ? 'primary' : 'outline-primary'),
    (waits(job) || job.state === 'running') && !job.cancel_requested && press('Cancel', () => remove(`/jobs/${job.id}`), 'The job is cancelled.', 'outline-danger'),
  ];
}
