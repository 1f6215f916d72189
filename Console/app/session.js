import { get, post, remove } from './api.js';

const ranks = { read: 0, write: 1, admin: 2 };
let current = null;

/** Who is signed in, asked from the service; null when nobody is. */
export async function load() {
  try {
    current = await get('/session');
  } catch (error) {
    if (error.status !== 401) throw error;
    current = null;
  }
  return current;
}

export async function signIn(token) { current = await post('/session', { token }); }

export async function signOut() {
  await remove('/session');
  current = null;
}

export const who = () => current;

/** Whether the session's token has a scope: what it may not do is not offered. */
export const can = (scope) => current !== null && ranks[current.scope] >= ranks[scope];
