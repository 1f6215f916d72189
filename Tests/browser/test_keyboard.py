"""The main job without a mouse, and what a screen reader is told on the way."""

import pytest
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def world(service):
    service.add_organizations()
    product = service.api("POST", "/products", {"name": "Web Shop"})
    service.api("POST", "/project-assignments", {
        "product_id": product["id"],
        "jira_project_ids": [one["id"] for one in service.api("GET", "/jira-projects")["data"]],
        "sentry_project_ids": [one["id"] for one in service.api("GET", "/sentry-projects")["data"]],
    })


def tab_to(page, name, role=None, most=90):
    """Presses Tab until the control of that name has the focus, and that is seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        found = page.evaluate("""() => {
          const one = document.activeElement;
          const label = one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent;
          return { label: (label ?? '').trim(), role: one.getAttribute('role') ?? one.tagName.toLowerCase(), outline: getComputedStyle(one).outlineStyle };
        }""")
        if found["label"].startswith(name) and (role is None or found["role"] == role):
            assert found["outline"] != "none" or found["role"] in ("input", "select", "textarea"), f"the focus on {name} is not seen"
            return
    raise AssertionError(f"Tab does not reach {name}")


def test_a_ticket_is_made_by_keyboard_alone(open_page, service, world):
    page = open_page("/")
    tab_to(page, "Skip to the content")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Shift+Tab")
    page.reload()
    page.wait_for_selector("h1")
    tab_to(page, "Sentry issues", "a")
    page.keyboard.press("Enter")
    expect(page.locator("h1:focus")).to_have_text("Sentry issues")
    expect(page.get_by_role("table")).to_be_visible()
    for _ in range(2):
        tab_to(page, "Select ", "input")
        page.keyboard.press("Space")
    tab_to(page, "Create Jira tickets", most=300)
    page.keyboard.press("Enter")
    expect(page.locator(".ib-ticket-title")).to_be_visible()
    tab_to(page, "Notes")
    page.keyboard.type("By keyboard")
    tab_to(page, "Create ", "button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("tickets created")).to_be_visible(timeout=20_000)


def test_a_dialog_keeps_the_focus_and_gives_it_back(open_page, service, world):
    page = open_page("/products")
    tab_to(page, "Add product")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Add a product")).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || document.querySelector('dialog').contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("document.activeElement.textContent") == "Add product"


def test_the_menu_of_a_narrow_window_opens_and_closes_by_keyboard(open_page, service):
    page = open_page("/", width=360)
    tab_to(page, "Menu")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Mapping", exact=True)).to_be_visible()
    tab_to(page, "Mapping")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Mapping", exact=True)).to_be_hidden()
    assert page.evaluate("document.activeElement.textContent") == "Menu"


def test_a_list_stays_under_the_focus_while_it_is_read_again(open_page, service, world):
    page = open_page("/links")
    target = page.get_by_role("row").nth(1).get_by_role("link")
    target.focus()
    address = target.get_attribute("href")
    page.wait_for_timeout(4500)
    # Its text may have changed in the meantime, for example when its ticket was created.
    assert page.evaluate("document.activeElement.getAttribute('href')") == address
