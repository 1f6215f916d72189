import { post } from '../app/api.js';
import { forget } from '../app/catalog.js';
import { fill, h } from '../app/dom.js';
import { badge } from './badges.js';
import { facts } from './facts.js';
import { errorState, loading } from './states.js';
import { duration, time } from './time.js';

export const vendor = (kind) => (kind === 'jira' ? 'Jira' : 'Sentry');

/** Asks the vendor whether the connection works, and shows in `place` what it answered. */
export async function testConnection(kind, id, place, tested) {
  fill(place, loading(`Testing the connection to ${vendor(kind)}`));
  try {
    const result = await post(`/${kind}-organizations/${id}/connection-tests`);
    fill(place, testResult(kind, result));
    forget();
    tested?.(result);
  } catch (error) {
    fill(place, errorState(error, () => testConnection(kind, id, place, tested)));
  }
}

function testResult(kind, result) {
  const good = result.status === 'connected';
  const missing = result.missing_permissions ?? [];
  const tone = !good ? 'danger' : missing.length > 0 || result.warnings?.length > 0 ? 'warning' : 'success';
  return h('div', { class: `alert alert-${tone} ib-test`, role: 'status', dataset: { status: result.status } },
    h('p', { class: 'ib-error-title' }, badge(result.status), ' ', good ? `Connected to ${vendor(kind)}` : `${vendor(kind)} cannot be used`),
    h('p', { class: 'mb-2' }, result.message),
    missing.length > 0 && [
      h('p', { class: 'mb-1' }, 'Missing permissions'),
      h('ul', { class: 'mb-2' }, missing.map((one) => h('li', {}, h('code', {}, one.name), `: needed for ${one.needed_for}`))),
    ],
    facts([
      result.account && ['Account', result.account.display_name ?? result.account.account_id],
      result.server && ['Server', [result.server.base_url, result.server.deployment_type, result.server.version].filter(Boolean).join(' · ')],
      ['Took', duration(result.latency_ms / 1000)],
    ]));
}

/** When an organization is synced by itself, and why not. */
export function schedule(kind, one) {
  switch (one.sync_state) {
    case 'paused': return h('span', { class: 'ib-bad-text' }, `paused: ${vendor(kind)} refuses the credentials; edit them, then test the connection`);
    case 'disabled': return one.sync_enabled ? 'off: there are no credentials' : 'off: only when a user starts it';
    default: return [`every ${one.sync_interval_minutes} minutes`, one.next_sync_at && [', next ', time(one.next_sync_at)]];
  }
}
