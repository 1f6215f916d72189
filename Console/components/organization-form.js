import { patch, post } from '../app/api.js';
import { forget } from '../app/catalog.js';
import { go, reload } from '../app/router.js';
import { vendor } from './connection.js';
import { formDialog } from './dialog.js';
import { notice } from './notices.js';

const schedules = [[15, 'Every 15 minutes'], [60, 'Every hour'], [360, 'Every 6 hours'], [720, 'Every 12 hours'], [1440, 'Every day']];

const texts = {
  jira: {
    address: 'The site’s address alone, such as https://acme.atlassian.net. For a token with scopes or a service account: https://api.atlassian.com/ex/jira/ and the site’s cloudId, which acme.atlassian.net/_edge/tenant_info returns.',
    username: 'The account’s e-mail address. Leave it empty for a service account.',
    token: 'Created at id.atlassian.com, Security, API tokens. A token with scopes needs read:jira-user, read:jira-work and write:jira-work.',
    secret: 'The secret of the webhook in Jira’s administration. Without it webhooks are refused.',
  },
  sentry: {
    address: 'The server’s address alone: https://us.sentry.io, https://de.sentry.io, https://sentry.io or your own.',
    slug: 'The part of Sentry’s addresses that names the organization.',
    token: 'The token of an internal integration with read access to the organization and its projects, and read and write access to issues and events.',
    secret: 'The client secret of the same integration. Without it webhooks are refused.',
  },
};
/** What becomes of pairs that one side mentions. */
export const discoveryModes = [
  ['propose', 'Propose them as links'],
  ['trust_integrations', 'Propose them, and trust Sentry’s own Jira integration'],
  ['off', 'Ignore them'],
];

function fields(kind, one) {
  const text = texts[kind];
  const secret = (name, label, has, required, help) => ({
    name, label, kind: 'password', required: required && !has, most: 2000,
    help: has ? `${help} One is stored: leave this empty to keep it. It goes only with the address and account it was given for.` : help,
  });
  const minutes = one?.sync_interval_minutes ?? 360;
  const options = schedules.some(([value]) => value === minutes) ? schedules : [[minutes, `Every ${minutes} minutes`], ...schedules];
  return [
    { name: 'name', label: 'Name', value: one?.name, required: true, most: 200, help: 'How it is called here.' },
    kind === 'sentry' && { name: 'slug', label: 'Organization slug', value: one?.slug, required: true, most: 200, help: text.slug },
    { name: 'base_url', label: 'Address', value: one?.base_url ?? (kind === 'sentry' ? 'https://sentry.io' : undefined), hint: kind === 'jira' ? 'https://acme.atlassian.net' : 'https://us.sentry.io', required: true, most: 500, help: text.address },
    ...(kind === 'jira' ? [
      { name: 'username', label: 'Account (e-mail)', value: one?.username, most: 320, help: text.username },
      secret('api_token', 'API token', one?.has_api_token, true, text.token),
      secret('webhook_secret', 'Webhook secret', one?.has_webhook_secret, false, text.secret),
    ] : [
      secret('auth_token', 'Auth token', one?.has_auth_token, true, text.token),
      secret('client_secret', 'Client secret', one?.has_client_secret, false, text.secret),
    ]),
    { name: 'sync_enabled', label: 'Sync on a schedule', kind: 'check', value: one?.sync_enabled ?? true },
    { name: 'link_discovery', label: 'Pairs that one side mentions', kind: 'select', value: one?.link_discovery ?? 'propose', options: discoveryModes, help: 'A proposed link carries nothing until a person accepts it.' },
    { name: 'sync_interval_minutes', label: 'Schedule', kind: 'select', value: String(minutes), options: options.map(([value, text]) => [String(value), text]) },
  ].filter(Boolean);
}

/** Adds an organization, or changes one. */
export function organizationDialog(kind, one) {
  formDialog(one ? `Edit ${one.name}` : `Add a ${vendor(kind)} organization`, fields(kind, one), {
    submit: one ? 'Save' : 'Add',
    save: async (values) => {
      const body = { ...values, sync_interval_minutes: Number(values.sync_interval_minutes) };
      for (const name of ['api_token', 'webhook_secret', 'auth_token', 'client_secret']) if (body[name] === null) delete body[name];
      const saved = one ? await patch(`/${kind}-organizations/${one.id}`, body) : await post(`/${kind}-organizations`, body);
      forget();
      return saved;
    },
    done: (saved) => {
      notice(one ? `${saved.name} is saved.` : `${saved.name} is added. Test the connection next.`);
      if (one) reload();
      else go(`/organizations/${kind}/${saved.id}`);
    },
  });
}
