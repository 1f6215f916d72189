import { get, post } from '../app/api.js';
import { fill, h } from '../app/dom.js';
import { can } from '../app/session.js';
import { button, card } from './facts.js';
import { form } from './form.js';
import { settle } from './states.js';
import { time } from './time.js';

/** The comments of a ticket, asked from Jira, and a field for one more. */
export function comments(issue, signal) {
  const place = h('div');
  const path = `/jira-issues/${issue.id}/comments`;
  const read = () => settle(place, () => get(path, { limit: 50 }, signal), draw, signal);
  function draw(page) {
    const listed = h('ul', { class: 'ib-plain' }, page.data.map(line));
    const more = page.next_cursor && button('More comments', async (element) => {
      const next = await get(path, { limit: 50, cursor: page.next_cursor }, signal);
      element.remove();
      listed.append(...next.data.map(line));
    });
    return [page.data.length === 0 ? h('p', { class: 'ib-muted' }, 'No comment yet.') : listed, more];
  }
  read();
  const writing = h('div', { class: 'mt-3' });
  const drawForm = () => fill(writing, form([{ name: 'body', label: 'Your comment', kind: 'textarea', rows: 3, required: true, most: 30_000, help: 'Plain text or Markdown; Jira shows it as IssueBridge’s account.' }], {
    submit: 'Comment in Jira',
    save: async (values) => {
      await post(path, values);
      drawForm();
      await read();
    },
  }));
  if (can('write') && !issue.deleted_at) drawForm();
  return card('Comments', [place, writing]);
}

const line = (comment) => h('li', {},
  h('div', { class: 'ib-line' }, h('strong', {}, comment.author?.display_name ?? 'Somebody'), h('span', { class: 'ib-muted ib-small' }, time(comment.created_at))),
  h('div', { class: 'ib-text' }, comment.body));
