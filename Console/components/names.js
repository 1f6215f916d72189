import { byID, jiraOrganizations, jiraProjects, products, sentryOrganizations, sentryProjects } from '../app/catalog.js';
import { h, link } from '../app/dom.js';

const unknown = (id) => h('span', { class: 'ib-muted' }, id === null || id === undefined ? '–' : `#${id}`);

/** Names of what rows refer to by id, read once for a page. */
export async function names(...wanted) {
  const sources = { products, jiraProjects, sentryProjects, jiraOrganizations, sentryOrganizations };
  const found = Object.fromEntries(await Promise.all(wanted.map(async (name) => [name, byID(await sources[name]())])));
  return {
    product: (id) => { const one = found.products?.get(id); return one ? link(`/products/${id}`, {}, one.name) : unknown(id); },
    jiraProject: (id) => { const one = found.jiraProjects?.get(id); return one ? h('span', { title: one.name }, one.key) : unknown(id); },
    sentryProject: (id) => { const one = found.sentryProjects?.get(id); return one ? h('span', { title: one.name }, one.slug) : unknown(id); },
    organization: (source, id) => {
      const one = found[source === 'jira' ? 'jiraOrganizations' : 'sentryOrganizations']?.get(id);
      return one ? link(`/organizations/${source}/${id}`, {}, `${source === 'jira' ? 'Jira' : 'Sentry'} · ${one.name}`) : unknown(id);
    },
    found,
  };
}

/** The tickets of a Sentry issue, each leading to its link. */
export function ticketTags(links) {
  if (links.length === 0) return h('span', { class: 'ib-muted' }, 'none');
  return links.map((one) => link(`/links/${one.id}`, { class: `ib-tag ${one.state}` }, one.key ?? one.state, one.state !== 'active' && one.key ? ` (${one.state})` : null));
}

/** The Sentry issues of a ticket, each leading to its link. */
export function errorTags(links) {
  if (links.length === 0) return h('span', { class: 'ib-muted' }, 'none');
  return links.map((one) => link(`/links/${one.id}`, { class: `ib-tag ${one.state}` }, one.short_id, one.state !== 'active' ? ` (${one.state})` : null));
}
