"""What the browser tests share: one browser, a service for each file, a signed-in page for each test."""

import os
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from service import TOKEN, Service

# Playwright's own browsers cannot be fetched everywhere: Debian's is driven instead.
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"

# Chromium's own sandbox does not work for root, and containers have a small /dev/shm.
ARGUMENTS = ["--disable-dev-shm-usage"] + (["--no-sandbox"] if os.geteuid() == 0 else [])

# A busy machine takes its time: what must come is waited for, what came is not.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def service():
    running = Service()
    yield running
    running.stop()


class Troubles(list):
    """What the browser complained about; a test that expects a complaint takes it out."""


@pytest.fixture
def open_page(browser, service):
    """Opens a page of the console, signed in; complaints of the browser fail the test."""
    contexts = []
    troubles = Troubles()

    def open_(path="/", token=TOKEN, width=1280, height=900, theme="light"):
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme, base_url=service.url)
        contexts.append(context)
        context.set_default_timeout(20_000)
        answer = context.request.post("/api/v1/session", data={"token": token})
        assert answer.ok, answer.text()
        page = context.new_page()
        page.on("console", lambda message: message.type in ("error", "warning") and troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: request.url.startswith((service.url, "data:")) or troubles.append("asked another host: " + request.url))
        page.troubles = troubles
        page.goto("/#" + path)
        page.wait_for_selector("h1")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not troubles, troubles
