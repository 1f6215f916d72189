/**
 * Calls a function again and again while the page is seen, until the signal ends it. The next call
 * waits for the one before.
 */
export function every(seconds, signal, work) {
  let timer;
  const plan = () => { timer = setTimeout(run, seconds * 1000); };
  const run = async () => {
    if (document.visibilityState === 'visible') {
      try {
        await work();
      } catch (error) {
        if (error.name !== 'AbortError') console.warn('live update failed:', error.message);
      }
    }
    if (!signal.aborted) plan();
  };
  signal.addEventListener('abort', () => clearTimeout(timer));
  plan();
}

/**
 * Follows a sync run until it ends: by the service's event stream, or by asking where there is none.
 * `seen` is called with every state of the run.
 */
export function followRun(id, signal, read, seen) {
  const ended = (run) => !['queued', 'running'].includes(run.status);
  const source = new EventSource(`/api/v1/sync-runs/${id}/events`);
  let done = false;
  const finish = () => { done = true; source.close(); };
  signal.addEventListener('abort', finish);
  const take = (event) => {
    const run = JSON.parse(event.data);
    if (done || typeof run.status !== 'string') return;
    seen(run);
    if (ended(run)) finish();
  };
  source.onmessage = take;
  for (const name of ['progress', 'end']) source.addEventListener(name, take);
  source.onerror = () => {
    if (source.readyState !== EventSource.CLOSED || done) return;
    poll();
  };
  async function poll() {
    while (!done && !signal.aborted) {
      const run = await read().catch(() => null);
      if (run) {
        seen(run);
        if (ended(run)) return finish();
      }
      await new Promise((resolve) => setTimeout(resolve, 700));
    }
  }
}
