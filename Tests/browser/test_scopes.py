"""What a token may not do is not offered, and what fails says so."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def world(service):
    service.add_organizations()
    return {scope: service.api("POST", "/api-tokens", {"name": scope, "scope": scope})["token"] for scope in ("read", "write")}


def test_a_reader_is_offered_nothing_to_change(open_page, world):
    page = open_page("/", token=world["read"])
    navigation = page.get_by_role("navigation", name="Pages")
    expect(navigation.get_by_role("link", name="Tokens")).to_have_count(0)
    expect(navigation.get_by_role("link", name="Audit")).to_have_count(0)
    for path in ("/products", "/mapping", "/organizations", "/organizations/jira/1", "/sentry-issues", "/sentry-issues/1", "/jira-issues/1", "/proposed-links", "/sync-runs"):
        page.evaluate("path => { location.hash = path }", path)
        page.wait_for_timeout(300)
        expect(page.locator(".ib-loading")).to_have_count(0)
        names = page.locator("main").get_by_role("button").all_inner_texts()
        forbidden = re.compile("^(Add|Edit|Move|Delete|Sync|Test|Assign|Create|Resolve|Reopen|Archive|Link|Comment|Make|Revoke)")
        assert not [name for name in names if forbidden.match(name)], f"{path}: {names}"


def test_a_writer_does_not_see_to_organizations(open_page, world):
    page = open_page("/organizations", token=world["write"])
    expect(page.get_by_role("button", name="Sync acme now").first).to_be_visible()
    expect(page.get_by_role("button", name="Add Jira")).to_have_count(0)


def test_a_page_that_is_not_there_and_a_service_that_is_gone_are_said(open_page, world):
    page = open_page("/links/999999")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not found")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    page.evaluate("location.hash = '/links'")
    expect(page.get_by_text("No link yet")).to_be_visible()
    page.context.set_offline(True)
    page.evaluate("location.hash = '/jira-issues?status_category=done'")
    expect(page.get_by_text(re.compile("cannot be reached")).first).to_be_visible()
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("table")).to_be_visible()
    page.troubles.clear()


def test_filters_and_pages_are_kept_in_the_address(open_page, world):
    page = open_page("/sentry-issues")
    page.get_by_label("Level").select_option("error")
    page.get_by_label("Search titles").fill("Error")
    expect(page).to_have_url(re.compile("level=error"))
    expect(page).to_have_url(re.compile("q=Error"))
    address = page.url
    first = page.get_by_role("row").nth(1).inner_text()
    page.goto("about:blank")
    page.goto(address)
    expect(page.get_by_label("Level")).to_have_value("error")
    expect(page.get_by_role("row").nth(1)).to_contain_text(first.split("\n")[0])


def test_times_are_in_the_viewers_zone(browser, service, world):
    context = browser.new_context(timezone_id="Asia/Tokyo", locale="en-GB", base_url=service.url)
    context.request.post("/api/v1/session", data={"token": world["read"]})
    page = context.new_page()
    page.goto("/#/sync-runs")
    shown = page.locator("main time").first
    shown.wait_for()
    assert re.search(r"GMT\+9|JST", shown.get_attribute("title"))
    context.close()
