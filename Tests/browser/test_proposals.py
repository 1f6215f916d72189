"""Links that are merely proposed: what they say, how a person decides, and what a reader is offered. And
links whose ticket is gone."""

import re

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from service import ROOT, eventually
from test_keyboard import tab_to

PICTURES = ROOT / ".screenshots"


@pytest.fixture(scope="module")
def world(service):
    """Six tickets mention a Sentry issue each; one ticket was deleted after it had been linked."""
    jira, sentry = service.add_organizations()
    service.add_webhooks(jira, sentry)
    errors = service.api("GET", "/sentry-issues?status=unresolved&limit=8")["data"]
    tickets = service.api("GET", "/jira-issues?status_category=new&limit=6")["data"]
    made = service.api("POST", f"/sentry-issues/{errors[7]['id']}/jira-tickets", {"jira_project_id": tickets[0]["jira_project_id"]})
    for error, ticket in zip(errors, tickets):
        act(service, f"issues/{ticket['key']}/edit", {"description": f"Is this the same as {error['permalink']}?"})
    service.sync("jira", jira)
    eventually(lambda: len(proposed(service)) == 6, what="the proposed links")
    act(service, f"issues/{made['jira_issue']['key']}/delete", {})
    eventually(lambda: service.api("GET", f"/links/{made['link']['id']}")["state"] == "broken", what="the broken link")
    return {"link": made["link"]["id"], "error": errors[7], "reader": service.api("POST", "/api-tokens", {"name": "reader", "scope": "read"})["token"]}


def act(service, path, body):
    answer = requests.post(f"{service.jira}/sandbox/{path}", json=body, timeout=10)
    assert answer.ok, answer.text


def proposed(service):
    return service.api("GET", "/links?state=proposed&sort=-id")["data"]


def picture(page, name, theme):
    folder = PICTURES / theme
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(folder / f"{name}.png"), full_page=True)
    violations = Axe().run(page).response["violations"]
    assert violations == [], violations
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_1_the_pages_are_right(open_page, service, world, theme, width):
    page = open_page("/proposed-links", theme=theme, width=width)
    expect(page.get_by_role("row")).to_have_count(7)
    one = proposed(service)[0]
    row = page.get_by_role("row").nth(1)
    for text in (one["sentry_issue"]["short_id"], one["jira_issue"]["key"], "Description of the ticket", "mentions the Sentry issue"):
        expect(row).to_contain_text(text)
    picture(page, f"proposed-links{'' if width == 1280 else '-narrow'}", theme)
    for path, name, text in ((f"/links/{one['id']}", "link-proposed", "This link is proposed"), (f"/links/{world['link']}", "link-broken", "This link is broken"), ("/", "dashboard-proposed", "6 proposed links to review.")):
        page.evaluate("path => { location.hash = path }", path)
        expect(page.get_by_text(text)).to_be_visible()
        expect(page.locator(".ib-loading")).to_have_count(0)
        picture(page, f"{name}{'' if width == 1280 else '-narrow'}", theme)


def test_2_a_reader_sees_them_and_decides_nothing(open_page, service, world):
    page = open_page("/proposed-links", token=world["reader"])
    expect(page.get_by_role("row")).to_have_count(7)
    expect(page.get_by_role("checkbox")).to_have_count(0)
    for verb in ("Accept", "Reject"):
        expect(page.get_by_role("button", name=re.compile(verb))).to_have_count(0)
    picture(page, "proposed-links-reader", "light")
    for path in (f"/links/{proposed(service)[0]['id']}", f"/links/{world['link']}"):
        page.evaluate("path => { location.hash = path }", path)
        expect(page.get_by_role("region", name="The link", exact=True)).to_be_visible()
        expect(page.locator("main").get_by_role("button", name=re.compile("Accept|Reject|Unlink|Sync|Policy"))).to_have_count(0)
        expect(page.get_by_role("link", name="Create a new ticket")).to_have_count(0)


def test_3_one_is_accepted_from_its_row_by_keyboard(open_page, service, world):
    page = open_page("/")
    page.get_by_role("link", name="Review proposed links").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("row")).to_have_count(7)
    first = proposed(service)[0]
    tab_to(page, f"Accept the link of {first['sentry_issue']['short_id']}", "button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 link was accepted.")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(6)
    # The focus is at the row that took its place.
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Accept the link of ")
    assert service.api("GET", f"/links/{first['id']}")["state"] == "active"


def test_4_one_is_rejected_on_its_own_page(open_page, service, world):
    first = proposed(service)[0]
    page = open_page(f"/links/{first['id']}")
    expect(page.get_by_role("button", name="Sync now")).to_have_count(0)
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("heading", name="Proposed links", level=1)).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(5)
    page.troubles.clear()  # what was rejected while it was read again is not found


def test_5_all_are_selected_and_decided(open_page, service, world):
    page = open_page("/proposed-links")
    rows = page.get_by_role("row")
    expect(rows).to_have_count(5)
    for index in (1, 2):
        rows.nth(index).get_by_role("checkbox").check()
    page.get_by_role("button", name="Accept 2").click()
    expect(page.get_by_text("2 links were accepted.")).to_be_visible()
    expect(rows).to_have_count(3)
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Reject 2").click()
    page.get_by_role("dialog").get_by_role("button", name="Reject").click()
    expect(page.get_by_text("Nothing to review")).to_be_visible()
    assert proposed(service) == []
    assert len(service.api("GET", "/links?state=active")["data"]) == 3


def test_6_a_broken_link_offers_a_new_ticket(open_page, service, world):
    page = open_page(f"/links/{world['link']}")
    expect(page.get_by_role("button", name="Sync now")).to_have_count(0)
    expect(page.get_by_role("button", name="Unlink")).to_be_visible()
    page.get_by_role("link", name="Create a new ticket").click()
    expect(page.get_by_role("heading", name="Create a Jira ticket", level=1)).to_be_visible()
    expect(page.locator(".ib-ticket-title")).to_be_visible()
    expect(page.get_by_text("has a ticket already")).to_have_count(0)
    page.get_by_role("button", name="Create the ticket").click()
    expect(page.get_by_role("heading", name=re.compile(r"^\S+ → \S+-\d+$"))).to_be_visible()
    assert service.api("GET", f"/links/{world['link']}")["state"] == "broken"


def test_7_what_becomes_of_mentions_is_a_setting(open_page, service, world):
    page = open_page("/organizations/jira/1")
    expect(page.get_by_text("Propose them as links")).to_be_visible()
    page.get_by_role("button", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Pairs that one side mentions").select_option("trust_integrations")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("definition").filter(has_text="Propose them, and trust Sentry’s own Jira integration")).to_be_visible()
    assert service.api("GET", "/jira-organizations/1")["link_discovery"] == "trust_integrations"
