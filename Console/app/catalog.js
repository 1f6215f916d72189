import { all } from './api.js';

/** How long a list of names is used before it is read again, in milliseconds. */
const lifetime = 30_000;
const kept = new Map();

/** Small lists that many pages need for names: read once, kept for a while. */
function catalog(path, query = {}) {
  const held = kept.get(path);
  if (held && Date.now() - held.at < lifetime) return held.rows;
  const rows = all(path, query);
  kept.set(path, { at: Date.now(), rows });
  rows.catch(() => kept.delete(path));
  return rows;
}

export const products = () => catalog('/products', { sort: 'name' });
export const jiraProjects = () => catalog('/jira-projects', { sort: 'key' });
export const sentryProjects = () => catalog('/sentry-projects', { sort: 'slug' });
export const jiraOrganizations = () => catalog('/jira-organizations', { sort: 'name' });
export const sentryOrganizations = () => catalog('/sentry-organizations', { sort: 'name' });

/** After something was changed. */
export const forget = () => kept.clear();

/** Choices for a select. */
export const productOptions = async () => (await products()).map((one) => [String(one.id), one.name]);
export const jiraProjectOptions = async () => (await jiraProjects()).map((one) => [String(one.id), `${one.key} · ${one.name}`]);
export const sentryProjectOptions = async () => (await sentryProjects()).map((one) => [String(one.id), one.slug]);
export const organizationOptions = async (kind) => (await (kind === 'jira' ? jiraOrganizations() : sentryOrganizations())).map((one) => [String(one.id), one.name]);

/** A map from id to row. */
export const byID = (rows) => new Map(rows.map((row) => [row.id, row]));
