import { get, post } from '../app/api.js';
import { forget } from '../app/catalog.js';
import { fill, h, link } from '../app/dom.js';
import { followRun } from '../app/live.js';
import { can } from '../app/session.js';
import { badge } from '../components/badges.js';
import { button, card, facts, figure } from '../components/facts.js';
import { confirmed } from '../components/dialog.js';
import { head } from '../components/list.js';
import { names } from '../components/names.js';
import { act } from '../components/notices.js';
import { plan } from '../components/plan.js';
import { runProgress } from '../components/run.js';
import { exactTime, duration, time } from '../components/time.js';

export async function draw({ main, signal, parameters: { id } }) {
  const read = () => get(`/sync-runs/${id}`, {}, signal);
  const run = await read();
  const called = await names('jiraOrganizations', 'sentryOrganizations');
  const place = h('div', { class: 'ib-stack' });
  const told = h('div', { class: 'visually-hidden', role: 'status' });
  const cancel = button('Stop', (element) => act(element, () => post(`/sync-runs/${id}/cancellations`), 'It stops at the next page; what is stored stays.'), 'outline-danger');
  const confirm = button('Confirm deletions', () => confirmed('Mark these issues as deleted?', 'They are looked up in the vendor’s system once more. Those that are really gone become tombstones here, and their links break. Nothing is deleted in Jira or Sentry.', 'Confirm deletions', async () => { await post(`/sync-runs/${id}/confirmations`); location.reload(); }), 'danger');
  main.append(head(`Sync run ${id}`, null, can('write') && confirm, can('write') && cancel, link('/sync-runs', {}, 'Sync runs')), told, place);
  let status;
  const show = (now) => {
    const working = ['queued', 'running'].includes(now.status);
    cancel.hidden = !working && now.status !== 'needs_confirmation';
    confirm.hidden = now.status !== 'needs_confirmation';
    if (now.status !== status) {
      if (status) told.textContent = working ? 'The run has begun.' : `The run has ended: ${now.status}.`;
      if (!working) forget();
      status = now.status;
    }
    fill(place, state(now, called), counts(now), now.plan && plan(now.plan), now.held_deletions.length > 0 && held(now), now.errors.length > 0 && failures(now));
    // The plan is no part of the events.
    if (!working && now.dry_run && !now.plan) read().then((ended) => ended.plan && show(ended), () => {});
  };
  show(run);
  if (['queued', 'running'].includes(run.status)) followRun(id, signal, read, show);
}

function state(run, called) {
  return card('State', [
    runProgress(run),
    h('div', { class: 'mt-3' }, facts([
      ['State', badge(run.status)],
      ['Reads', run.source === 'links' ? 'Links' : called.organization(run.source, run.organization_id)],
      ['Mode', [run.mode, run.dry_run && h('span', { class: 'ib-tag ms-1' }, 'dry run: nothing was written')]],
      ['Started by', run.trigger],
      ['Began', run.started_at ? [time(run.started_at), ' · ', exactTime(run.started_at)] : 'not yet'],
      ['Ended', run.finished_at ? [time(run.finished_at), ' · ', exactTime(run.finished_at)] : 'not yet'],
      ['Took', duration(run.duration_seconds)],
    ])),
  ]);
}

function counts(run) {
  const would = run.dry_run ? 'would be ' : '';
  return h('section', { 'aria-label': run.dry_run ? 'What it would change' : 'What it changed' },
    h('h2', { class: 'mb-2' }, run.dry_run ? 'The plan: what a sync would change' : 'What it changed'),
    h('div', { class: 'ib-grid narrow' }, run.source === 'links' ? [
      figure(run.links_synced, 'links checked'), figure(run.links_drifted, 'found apart'), figure(run.links_repaired, 'repaired'),
    ] : [
      figure(run.projects_synced, 'projects'), figure(run.issues_seen, 'issues seen'), figure(run.issues_created, `${would}new`),
      figure(run.issues_updated, `${would}updated`), figure(run.issues_unchanged, 'unchanged'), figure(run.issues_deleted, `${would}deleted`),
    ]));
}

const failures = (run) => card(`What failed (${run.errors.length})`, h('ul', { class: 'ib-plain' }, run.errors.map((error) => h('li', {},
  h('strong', {}, error.issue ?? error.project ?? (run.source === 'links' ? 'Links' : 'The whole organization')), h('div', {}, error.detail)))));

const held = (run) => card('Waiting for your confirmation', [
  h('p', {}, 'The vendor no longer shows these issues. So many at once are rarely deleted on purpose: check the account’s permissions first. Nothing of them has been changed.'),
  h('ul', { class: 'ib-plain' }, run.held_deletions.map((one) => h('li', {},
    h('strong', {}, one.project), h('div', {}, `${one.issues} of ${one.of} issues: ${one.keys.join(', ')}${one.issues > one.keys.length ? ', …' : ''}`)))),
]);
