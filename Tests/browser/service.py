"""Starts look-alikes of Jira and Sentry and the service itself, as a person would."""

import os
import pathlib
import secrets
import socket
import subprocess
import tempfile
import time

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOKEN = secrets.token_hex(16)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def eventually(condition, seconds=30, what="it"):
    """What `condition` answers once that is true."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come in {seconds} s")
        time.sleep(0.1)


class Service:
    """One sandbox and one `issuebridge serve` over a private database."""

    def __init__(self, projects=7, issues=210):
        self.binary = os.environ.get("ISSUEBRIDGE_BINARY", str(ROOT / ".build/debug/issuebridge"))
        self.folder = tempfile.TemporaryDirectory(prefix="issuebridge-browser.")
        os.chmod(self.folder.name, 0o711)  # PostgreSQL runs as another user when started by root
        self.processes = []
        try:
            self._begin(projects, issues)
        except BaseException as error:
            logs = "\n".join(path.read_text()[-2000:] for path in pathlib.Path(self.folder.name).glob("*.log"))
            self.stop()
            raise AssertionError(logs) from error

    def _begin(self, projects, issues):
        sandbox = self._start("sandbox", ["sandbox", "--projects", str(projects), "--issues", str(issues)], {})
        lines = eventually(lambda: self._said("sandbox", "Act as"), what="the sandbox").splitlines()
        self.jira = lines[0].split()[1]
        self.sentry = lines[1].split()[1]
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._start("serve", ["serve"], {
            "ISSUEBRIDGE_DATA_DIR": self.folder.name + "/data",
            "ISSUEBRIDGE_ADMIN_TOKEN": TOKEN,
            "ISSUEBRIDGE_PORT": str(port),
            "ISSUEBRIDGE_ALLOWED_VENDOR_HOSTS": ",".join(one.removeprefix("http://") for one in (self.jira, self.sentry)),
            "ISSUEBRIDGE_CONSOLE_DIR": str(ROOT / "Console"),
        })
        eventually(self._ready, seconds=60, what="the service")
        assert sandbox.poll() is None

    def _start(self, name, arguments, settings):
        environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        with open(f"{self.folder.name}/{name}.log", "wb") as log:
            process = subprocess.Popen([self.binary, *arguments], cwd=ROOT, env={**environment, **settings}, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def _said(self, name, words):
        text = pathlib.Path(f"{self.folder.name}/{name}.log").read_text()
        return text if words in text else None

    def _ready(self):
        try:
            return requests.get(self.url + "/readyz", timeout=5).ok
        except requests.RequestException:
            return False

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            process.wait(timeout=30)
        self.folder.cleanup()

    def api(self, method, path, body=None):
        """Calls the public API as another client would."""
        answer = requests.request(method, f"{self.url}/api/v1{path}", json=body, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def add_organizations(self):
        """Both organizations, read in full."""
        jira = self.api("POST", "/jira-organizations", {"name": "acme", "base_url": self.jira, "username": "service@example.com", "api_token": "sandbox-jira-token"})
        sentry = self.api("POST", "/sentry-organizations", {"name": "acme", "slug": "acme", "base_url": self.sentry, "auth_token": "sandbox-sentry-token"})
        for kind, one in (("jira", jira), ("sentry", sentry)):
            self.sync(kind, one["id"])
        return jira["id"], sentry["id"]

    def sync(self, kind, organization, **request):
        run = self.api("POST", f"/{kind}-organizations/{organization}/sync-runs", {"mode": "full", **request})
        eventually(lambda: self.api("GET", f"/sync-runs/{run['id']}")["finished_at"], seconds=60, what="the sync")
        return run["id"]

    def add_webhooks(self, jira, sentry):
        """Both vendors deliver to the service from now on, signed."""
        self.api("PATCH", f"/jira-organizations/{jira}", {"webhook_secret": "a-secret"})
        self.api("PATCH", f"/sentry-organizations/{sentry}", {"client_secret": "sandbox-client-secret"})
        events = ["jira:issue_created", "jira:issue_updated", "jira:issue_deleted"]
        for answer in (
            requests.post(f"{self.jira}/rest/webhooks/1.0/webhook", auth=("service@example.com", "sandbox-jira-token"), timeout=10,
                          json={"url": f"{self.url}/webhooks/jira/{jira}", "secret": "a-secret", "events": events}),
            requests.post(f"{self.sentry}/sandbox/webhook", json={"url": f"{self.url}/webhooks/sentry/{sentry}"}, timeout=10),
        ):
            assert answer.ok, answer.text

    def move_ticket(self, key, status):
        """Somebody moves a ticket in Jira."""
        answer = requests.post(f"{self.jira}/sandbox/issues/{key}/transition", json={"to": status}, timeout=10)
        assert answer.ok, answer.text

    def raise_error(self, title, **fields):
        """An error happens; answers its short id."""
        answer = requests.post(f"{self.sentry}/sandbox/issues", json={**({"title": title} if title else {}), **fields}, timeout=10)
        assert answer.ok, answer.text
        return answer.json()["short_id"]
