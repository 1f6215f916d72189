import { get } from '../app/api.js';
import { fill, h } from '../app/dom.js';
import { badge } from './badges.js';
import { button, card } from './facts.js';
import { empty, errorState, loading } from './states.js';
import { exactTime, time } from './time.js';

const words = {
  nothing: 'Nothing to do', resolve_sentry: 'Resolve the error in Sentry', resolve_sentry_in_next_release: 'Resolve the error in the next release', archive_sentry: 'Archive the error in Sentry',
  unresolve_sentry: 'Reopen the error in Sentry', complete_ticket: 'Finish the ticket in Jira', reopen_ticket: 'Reopen the ticket in Jira', move_ticket: 'Move the ticket in Jira', create_follow_up: 'Make a new ticket that follows the old one',
  propose: 'Propose the link', accept: 'Accept the link', import: 'Take over what Sentry recorded', break: 'Stop following', revive: 'Follow again', wait: 'Wait', resume: 'Go on',
  publish_backlinks: 'Show each side at the other', follow_merge: 'Go with the merged issue',
};
/** A decision in words. */
export const decisionName = (decision) => words[decision] ?? String(decision).replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase());

/** What happened to a link and why, newest first; `refresh` reads its first page again. */
export function timeline(id, signal) {
  const place = h('div');
  const path = `/links/${id}/events`;
  let text = '';
  async function refresh() {
    const page = await get(path, { limit: 20 }, signal);
    if (text === JSON.stringify(page)) return;
    text = JSON.stringify(page);
    if (page.data.length === 0) return fill(place, empty('Nothing has happened yet', 'Both sides are compared when one of them changes.'));
    const listed = h('ol', { class: 'ib-timeline' }, page.data.map(line));
    return fill(place, listed, more(page, listed));
  }
  const more = (page, listed) => page.next_cursor && button('Earlier', async (element) => {
    const next = await get(path, { limit: 20, cursor: page.next_cursor }, signal);
    listed.append(...next.data.map(line));
    element.replaceWith(more(next, listed) ?? '');
  });
  fill(place, loading());
  const first = () => refresh().catch((error) => { if (!signal.aborted) fill(place, errorState(error, first)); });
  first();
  return { element: card('What happened and why', place), refresh };
}

const line = (event) => h('li', { class: event.outcome },
  h('div', { class: 'ib-line' }, h('strong', {}, decisionName(event.decision)), h('span', { class: 'ib-small ib-muted' }, time(event.occurred_at), ' · ', exactTime(event.occurred_at))),
  h('div', {}, badge(event.outcome, event.outcome === 'nothing' ? 'no change' : event.outcome), h('span', { class: 'ib-muted' }, ` Cause: ${event.cause}`)),
  h('div', {}, event.reason),
  event.error && h('div', { class: 'ib-bad-text' }, event.error),
  event.request && h('details', { class: 'ib-small' }, h('summary', {}, 'The request'), h('pre', { class: 'ib-pre', tabindex: 0, 'aria-label': 'The request' }, JSON.stringify(event.request, null, 2))));
