/** An answer that is an error, as the API states it (RFC 9457). */
export class ApiError extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `The service answered ${status}.`);
    this.status = status;
    this.problem = problem;
  }

  /** What is wrong with one field of the request. */
  get fieldErrors() { return this.problem.errors ?? []; }
}

/** Tells the page that the session has ended. */
export const session = new EventTarget();

/** Sends a request below /api/v1; answers the parsed body. */
export async function send(method, path, { query, body, signal, key, tag } = {}) {
  const headers = { Accept: 'application/json', 'X-IssueBridge-Console': '1' };
  if (body !== undefined) headers['Content-Type'] = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  if (tag) headers['If-Match'] = tag;
  const response = await reach(address(path, query), {
    method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (response.ok) return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : null, text };
  if (response.status === 401 && path !== '/session') session.dispatchEvent(new Event('ended'));
  throw new ApiError(response.status, parsed(text, response));
}

async function reach(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw unreached();
  }
}

/** No answer came at all. */
export const unreached = () => new ApiError(0, { title: 'Not reached', detail: 'The service cannot be reached. Is it running, and are you online?' });

function parsed(text, response) {
  try {
    return JSON.parse(text);
  } catch {
    return { title: response.statusText, detail: `The service answered ${response.status} ${response.statusText}.` };
  }
}

/** A path with its query; empty and absent values are left out. */
export function address(path, query = {}) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') parameters.set(name, value);
  }
  const text = parameters.toString();
  return `/api/v1${path}${text ? '?' + text : ''}`;
}

export const get = async (path, query, signal) => (await send('GET', path, { query, signal })).body;
export const post = async (path, body, options) => (await send('POST', path, { body, ...options })).body;
export const patch = async (path, body, options) => (await send('PATCH', path, { body, ...options })).body;
export const put = async (path, body, options) => (await send('PUT', path, { body, ...options })).body;
export const remove = async (path, options) => { await send('DELETE', path, options); };

/** Every row of a list, page by page, at most `most`. */
export async function all(path, query = {}, signal, most = 5000) {
  const rows = [];
  let cursor;
  do {
    const page = await get(path, { limit: 200, ...query, cursor }, signal);
    rows.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor && rows.length < most);
  return rows;
}

/** A key under which a POST may be repeated without being done twice. */
export function freshKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
