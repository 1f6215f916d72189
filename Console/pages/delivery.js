import { get, post } from '../app/api.js';
import { fill, h, link } from '../app/dom.js';
import { every } from '../app/live.js';
import { can } from '../app/session.js';
import { badge } from '../components/badges.js';
import { button, card, facts } from '../components/facts.js';
import { head } from '../components/list.js';
import { names } from '../components/names.js';
import { act } from '../components/notices.js';
import { exactTime, time } from '../components/time.js';

export async function draw({ main, signal, parameters: { id } }) {
  const path = `/webhook-deliveries/${id}`;
  const [one, called] = await Promise.all([get(path, {}, signal), names('jiraOrganizations', 'sentryOrganizations')]);
  const state = h('div');
  const told = h('div', { class: 'visually-hidden', role: 'status' });
  main.append(
    head(`Delivery ${id}: ${one.event}`, null, can('write') && button('Process it again', (element) => act(element, async () => {
      await post(`${path}/replays`);
      await refresh();
    }, 'It is processed again.'), 'primary'), link('/deliveries', {}, 'Webhook deliveries')),
    told,
    h('div', { class: 'ib-stack' }, state,
      h('div', { class: 'ib-two' }, card('Header fields', facts(Object.entries(one.headers))), card('Body', body(one.body)))));
  let text = '';
  const show = (now) => {
    const { headers, body: _, ...rest } = now;
    if (text === JSON.stringify(rest)) return;
    if (text) told.textContent = `The delivery is ${now.state}.`;
    text = JSON.stringify(rest);
    fill(state, card('What became of it', facts([
      ['State', badge(now.state, now.state)],
      ['Reason', now.reason],
      ['From', called.organization(now.source, now.organization_id)],
      ['Attempts', now.attempts.toLocaleString()],
      ['Sent', now.sent_at ? [time(now.sent_at), ' · ', exactTime(now.sent_at)] : 'not said'],
      ['Received', [time(now.received_at), ' · ', exactTime(now.received_at)]],
      ['Processed', now.processed_at ? [time(now.processed_at), ' · ', exactTime(now.processed_at)] : 'not yet'],
      ['Known by', h('code', {}, now.delivery_id)],
    ])));
  };
  const refresh = async () => show(await get(path, {}, signal));
  show(one);
  every(2, signal, refresh);
}

const body = (value) => (value === null ? h('p', { class: 'ib-muted' }, 'It was no JSON, or is no longer kept.')
  : h('pre', { class: 'ib-pre', tabindex: 0, 'aria-label': 'Body' }, JSON.stringify(value, null, 2)));
