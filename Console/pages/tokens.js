import { post, remove } from '../app/api.js';
import { h } from '../app/dom.js';
import { badge } from '../components/badges.js';
import { confirmed, dialog, formDialog } from '../components/dialog.js';
import { button, copyable } from '../components/facts.js';
import { head, list } from '../components/list.js';
import { notice } from '../components/notices.js';
import { exactTime, time } from '../components/time.js';

export async function draw(context) {
  const listed = list(context, {
    path: '/api-tokens', caption: 'Tokens', sort: '-id',
    filters: [{ name: 'scope', label: 'Scope', kind: 'select', options: ['read', 'write', 'admin'].map((word) => [word, word]) }],
    columns: [
      { label: 'Name', kind: 'main', draw: (token) => h('strong', {}, token.name) },
      { label: 'Scope', draw: (token) => badge(token.scope) },
      { label: 'Expires', draw: (token) => time(token.expires_at) },
      { label: 'Last used', draw: (token) => time(token.last_used_at) },
      { label: 'Made', draw: (token) => time(token.created_at) },
      { label: 'Actions', draw: (token) => button('Revoke', () => revoke(token, listed.refresh), 'outline-danger', { 'aria-label': `Revoke ${token.name}` }) },
    ],
    empty: { title: 'No token yet', text: 'Scripts and frontends sign in with one. The configured admin token is not listed.' },
  });
  context.main.append(head('Tokens', 'What programs and people sign in with. read may look, write may change, admin may also see to organizations and tokens.', button('Make a token', () => make(listed.refresh), 'primary')), listed.element);
}

function make(refresh) {
  formDialog('Make a token', [
    { name: 'name', label: 'Name', required: true, most: 200, help: 'Who or what uses it; stands in the audit.' },
    { name: 'scope', label: 'Scope', kind: 'select', value: 'read', options: [['read', 'read: look at everything'], ['write', 'write: also change'], ['admin', 'admin: also organizations, tokens and the audit']] },
    { name: 'expires_at', label: 'Expires', kind: 'datetime', help: 'Empty: never.' },
  ], {
    submit: 'Make it',
    save: (values) => post('/api-tokens', values),
    done: (made) => { refresh(); shown(made); },
  });
}

function shown(made) {
  dialog(`The token ${made.name}`, (element) => [
    h('p', {}, 'Copy it now: it is shown this once, and only its hash is kept.'),
    h('p', {}, copyable(made.token, 'token')),
    made.expires_at && h('p', { class: 'ib-muted' }, 'It expires ', exactTime(made.expires_at), '.'),
    h('div', { class: 'ib-actions' }, h('button', { type: 'button', class: 'btn btn-primary', onclick: () => element.close() }, 'I have it')),
  ]);
}

function revoke(token, refresh) {
  confirmed(`Revoke ${token.name}?`, 'Whoever uses it is refused from now on, and sessions made with it end.', 'Revoke', async () => {
    await remove(`/api-tokens/${token.id}`);
    notice(`${token.name} is revoked.`);
    await refresh();
  });
}
