import { get } from '../app/api.js';
import { fill, h, link } from '../app/dom.js';
import { every } from '../app/live.js';
import { badge } from '../components/badges.js';
import { card, facts } from '../components/facts.js';
import { jobActions } from '../components/job-actions.js';
import { head } from '../components/list.js';
import { exactTime, time } from '../components/time.js';

export async function draw({ main, signal, parameters: { id } }) {
  const read = () => get(`/jobs/${id}`, {}, signal);
  const one = await read();
  const actions = h('div', { class: 'ib-actions' });
  const place = h('div', { class: 'ib-stack' });
  const told = h('div', { class: 'visually-hidden', role: 'status' });
  main.append(head(`Job ${id}: ${one.kind}`, null, actions, link('/jobs', {}, 'Jobs')), told, place);
  let text = '';
  const refresh = async () => show(await read());
  function show(job) {
    if (text === JSON.stringify(job)) return;
    if (text) told.textContent = `The job is ${job.state}.`;
    text = JSON.stringify(job);
    fill(actions, jobActions(job, refresh));
    fill(place, state(job), job.errors.length > 0 && failures(job));
  }
  show(one);
  every(2, signal, refresh);
}

const moment = (value, absent) => (value ? [time(value), ' · ', exactTime(value)] : absent);

const state = (job) => card('State', facts([
  ['State', [badge(job.state), job.cancel_requested && h('span', { class: 'ib-muted ms-2' }, 'asked to stop')]],
  ['Attempts', `${job.attempts} of ${job.max_attempts}`],
  ['Next run', moment(job.next_run_at, 'none')],
  ['Last run', moment(job.attempted_at, 'never')],
  ['Ended', moment(job.finalized_at, 'not yet')],
  ['Made', moment(job.created_at)],
  ['Priority', `${job.priority} (1 runs first)`],
  job.unique_key && ['Only one of', h('code', {}, job.unique_key)],
  ['Arguments', h('pre', { class: 'ib-pre', tabindex: 0, 'aria-label': 'Arguments' }, JSON.stringify(job.arguments, null, 2))],
]));

const failures = (job) => card('What failed', h('ol', { class: 'ib-timeline', reversed: true }, job.errors.toReversed().map((error) => h('li', { class: 'failed' },
  h('div', { class: 'ib-line' }, h('strong', {}, `Attempt ${error.attempt}`), h('span', { class: 'ib-small ib-muted' }, time(error.at))), h('div', {}, error.error)))));
