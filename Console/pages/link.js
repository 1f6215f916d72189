import { get, patch, post, remove } from '../app/api.js';
import { fill, h, link, outside, shortened } from '../app/dom.js';
import { every } from '../app/live.js';
import { go } from '../app/router.js';
import { can } from '../app/session.js';
import { badge, jiraStatus } from '../components/badges.js';
import { confirmed, formDialog } from '../components/dialog.js';
import { button, card, facts } from '../components/facts.js';
import { head } from '../components/list.js';
import { act, notice } from '../components/notices.js';
import { foundIn, proposalNote } from '../components/proposals.js';
import { exactTime, time } from '../components/time.js';
import { decisionName, timeline } from '../components/timeline.js';
import { directions } from './links.js';

export async function draw({ main, signal, parameters: { id } }) {
  const path = `/links/${id}`;
  const one = await get(path, {}, signal);
  const decided = h('div', { role: 'status' });
  const place = h('div', { class: 'ib-stack' });
  const told = h('div', { class: 'visually-hidden', role: 'status' });
  const history = timeline(id, signal);
  let current = one;
  const actions = h('div', { class: 'ib-actions' });
  main.append(head(`${one.sentry_issue.short_id} → ${one.jira_issue?.key ?? 'no ticket yet'}`, shortened(one.sentry_issue.title), actions, link('/links', {}, 'Links')), told, decided, place, history.element);
  const syncNow = (element) => act(element, async () => {
    const outcome = await post(`${path}/sync`);
    fill(decided, decision(outcome));
    show(outcome.link);
    await history.refresh();
  });
  const choose = () => followDialog(current, async (outcome) => {
    fill(decided, decision(outcome));
    show(outcome.link);
    await history.refresh();
  });
  const accept = (element) => act(element, async () => {
    show(await post(`${path}/acceptances`));
    await history.refresh();
  }, 'The link is accepted. Changes are carried from now on.');
  const reject = (element) => act(element, async () => {
    await post(`${path}/rejections`);
    go('/proposed-links');
  }, 'The link is rejected. The two can still be linked by hand.');

  /** What can be done about a link as it is. */
  function buttons(now) {
    if (!can('write')) return null;
    const unlink = button('Unlink', () => askUnlink(now), 'outline-danger');
    const policies = button('Policy', () => policyDialog(current, show));
    switch (now.state) {
      case 'proposed': return [button('Accept', accept, 'primary'), button('Reject', reject, 'outline-danger')];
      case 'broken': return [!now.sentry_issue.deleted_at && link(`/tickets/new?ids=${now.sentry_issue_id}`, { class: 'btn btn-sm btn-primary' }, 'Create a new ticket'), unlink];
      case 'active': return [button('Sync now', syncNow, 'primary'), button('Choose a side', choose), policies, unlink];
      default: return [policies, unlink];
    }
  }

  let text = '';
  const show = (now) => {
    if (text === JSON.stringify(now)) return;
    if (text) told.textContent = `The link has changed: Sentry says ${now.sentry_issue.status}, Jira ${now.jira_issue?.status ?? 'has no ticket'}.`;
    text = JSON.stringify(now);
    if (now.state !== current.state || actions.childElementCount === 0) fill(actions, buttons(now));
    current = now;
    fill(place, now.state === 'proposed' && proposalNote(now), now.last_error && trouble(now), sides(now), policy(now));
  };
  show(one);
  every(2, signal, async () => {
    show(await get(path, {}, signal));
    await history.refresh();
  });
}

const decision = (outcome) => h('div', { class: `alert alert-${outcome.error ? 'danger' : 'success'}` },
  h('p', { class: 'ib-error-title' }, decisionName(outcome.decision), outcome.applied ? ': done' : ''),
  h('p', { class: 'mb-0' }, outcome.reason), outcome.error && h('p', { class: 'mb-0' }, outcome.error));

function trouble(one) {
  const waits = one.state === 'pending';
  return h('div', { class: `alert alert-${waits ? 'warning' : 'danger'}` },
    h('p', { class: 'ib-error-title' }, waits ? 'This link waits for a person' : one.state === 'broken' ? 'This link is broken' : 'The last sync failed'),
    h('p', { class: 'mb-1' }, one.last_error),
    h('p', { class: 'mb-0' }, remedy(one)));
}

/** What a person can do about it. */
function remedy(one) {
  if (one.state === 'pending') return 'Look in Jira whether the ticket is there: link it to the error if it is, and unlink this one.';
  if (one.state === 'active') return 'Sync to try again once the cause is fixed.';
  return one.sentry_issue.deleted_at
    ? 'Nothing is synced any more. Unlink to remove this link; the ticket stays as it is.'
    : 'Nothing is synced any more. Create a new ticket for the error, or unlink; this link stays as history until then.';
}

function sides(one) {
  return h('div', { class: 'ib-two' },
    card('Sentry', [h('p', { class: 'ib-clamp' }, link(`/sentry-issues/${one.sentry_issue_id}`, {}, shortened(one.sentry_issue.title))), facts([
      ['Issue', outside(one.sentry_issue.permalink, one.sentry_issue.short_id)], ['Status', h('span', { dataset: { side: 'sentry' } }, badge(one.sentry_issue.status))], ['Level', badge(one.sentry_issue.level)],
      ['Carried to Jira', time(one.last_synced_sentry_to_jira_at)]])]),
    card('Jira', one.jira_issue
      ? [h('p', { class: 'ib-clamp' }, link(`/jira-issues/${one.jira_issue_id}`, {}, shortened(one.jira_issue.summary))), facts([
        ['Ticket', outside(one.jira_issue.browse_url, one.jira_issue.key)], ['Status', h('span', { dataset: { side: 'jira' } }, jiraStatus(one.jira_issue))],
        ['Carried to Sentry', time(one.last_synced_jira_to_sentry_at)]])]
      : one.created_ticket
        ? [h('p', {}, h('a', { href: one.created_ticket.browse_url, rel: 'noopener' }, one.created_ticket.key), ' was created, but Jira does not show it to this account.')]
        : h('p', { class: 'ib-muted' }, 'The ticket is not there yet, or could not be found.')));
}

function policy(one) {
  return card('The link', facts([
    ['State', badge(one.state)],
    ['Carried', directions(one)],
    ['Made', [time(one.created_at), ' · ', exactTime(one.created_at), ` by ${one.created_by} (${one.link_type})`]],
    one.found_in && ['Found in', foundIn(one)],
    one.continues_link_id && ['Goes on from', link(`/links/${one.continues_link_id}`, {}, `link ${one.continues_link_id}, whose ticket was done for too long to be reopened`)],
    one.creation_notes && ['Note', h('span', { class: 'ib-text' }, one.creation_notes)],
  ]));
}

/** For sides that differ: which one is right. */
function followDialog(one, done) {
  formDialog('Which side is right?', [
    {
      name: 'follow', label: 'Follow', kind: 'select', required: true, options: [
        ['jira', `Jira: the ticket is ${one.jira_issue?.status ?? 'not there yet'}, change the Sentry issue`],
        ['sentry', `Sentry: the issue is ${one.sentry_issue.status}, move the ticket`]],
    },
  ], { save: (values) => post(`/links/${one.id}/sync`, values), done });
}

/** Which way changes are carried. */
function policyDialog(one, show) {
  formDialog('Which way are changes carried?', [
    { name: 'sync_jira_to_sentry', label: 'A change of the ticket changes the error in Sentry', kind: 'check', value: one.sync_jira_to_sentry },
    { name: 'sync_sentry_to_jira', label: 'A change of the error changes the ticket in Jira', kind: 'check', value: one.sync_sentry_to_jira },
    { name: 'creation_notes', label: 'Note', kind: 'textarea', rows: 3, most: 2000, value: one.creation_notes },
  ], { save: (values) => patch(`/links/${one.id}`, values), done: (saved) => { notice('The link is saved.'); show(saved); } });
}

function askUnlink(one) {
  confirmed('Unlink?', 'Error and ticket stay as they are, and no longer follow each other. The web link in Jira and the external issue in Sentry that IssueBridge made are removed.', 'Unlink', async () => {
    await remove(`/links/${one.id}`);
    notice('They are no longer linked.');
    go('/links');
  });
}
