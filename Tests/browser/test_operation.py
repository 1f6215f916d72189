"""What keeps the service running: tokens, jobs, what needs a person, products that move."""

import re

import pytest
import requests
from playwright.sync_api import expect

from service import eventually


@pytest.fixture(scope="module")
def world(service):
    jira, sentry = service.add_organizations()
    shop = service.api("POST", "/products", {"name": "Web Shop"})
    service.api("POST", "/products", {"name": "Payments", "parent_id": shop["id"]})
    service.api("POST", "/products", {"name": "Search"})
    return {"jira": jira, "sentry": sentry}


def test_a_token_is_shown_once_and_revoked(open_page, service, world):
    page = open_page("/tokens")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_role("dialog").get_by_label("Name").fill("A dashboard")
    page.get_by_role("dialog").get_by_role("button", name="Make it").click()
    token = page.get_by_role("dialog").locator("code").inner_text()
    asked = lambda: requests.get(f"{service.url}/api/v1/products", headers={"Authorization": f"Bearer {token}"}, timeout=10).status_code
    assert asked() == 200
    page.get_by_role("button", name="I have it").click()
    page.reload()
    expect(page.get_by_role("cell", name="A dashboard", exact=True)).to_be_visible()
    assert token not in page.content()
    page.get_by_role("button", name="Revoke A dashboard").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("cell", name="A dashboard", exact=True)).to_have_count(0)
    assert asked() == 401


def test_a_product_moves_with_what_lies_below_but_not_below_itself(open_page, service, world):
    page = open_page("/products")
    page.get_by_role("button", name="Move Web Shop").click()
    target = page.get_by_role("dialog").get_by_label("To")
    assert [one.strip() for one in target.locator("option").all_inner_texts()] == ["The top: a product of its own", "Search"]
    target.select_option(label="Search")
    page.get_by_role("dialog").get_by_role("button", name="Move").click()
    branch = page.locator(".ib-tree > li").filter(has_text="Search")
    expect(branch.get_by_role("link", name="Payments")).to_be_visible()
    page.get_by_label("Find by name or team").fill("paym")
    expect(page.get_by_role("link", name="Payments")).to_be_visible()
    expect(page).to_have_url(re.compile("q=paym"))


def test_a_product_with_others_below_is_not_deleted_and_says_why(open_page, service, world):
    shop = next(one for one in service.api("GET", "/products")["data"] if one["name"] == "Web Shop")
    page = open_page(f"/products/{shop['id']}")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).not_to_be_empty()
    page.troubles.clear()


def test_the_dashboard_says_what_needs_a_person_and_helps(open_page, service, world):
    service.api("PATCH", f"/jira-organizations/{world['jira']}", {"api_token": "expired"})
    service.api("POST", f"/jira-organizations/{world['jira']}/connection-tests")
    page = open_page("/")
    needs = page.get_by_role("region", name="Needs a person")
    expect(needs).to_contain_text("Jira organization acme")
    service.api("PATCH", f"/jira-organizations/{world['jira']}", {"api_token": "sandbox-jira-token"})
    needs.get_by_role("button", name=re.compile("^Test again")).click()
    expect(needs).to_contain_text("Nothing needs you")


def test_the_dashboard_follows_a_sync(open_page, service, world):
    page = open_page("/")
    requests.post(f"{service.jira}/sandbox/faults", json={"latency_ms": 2000}, timeout=10)
    run = service.api("POST", f"/jira-organizations/{world['jira']}/sync-runs", {"mode": "full"})
    organizations = page.get_by_role("region", name="Organizations")
    expect(organizations.get_by_role("progressbar")).to_be_visible(timeout=10_000)
    requests.post(f"{service.jira}/sandbox/faults", json={}, timeout=10)
    eventually(lambda: service.api("GET", f"/sync-runs/{run['id']}")["finished_at"])
    expect(organizations.get_by_role("progressbar")).to_have_count(0, timeout=10_000)


def test_a_run_is_stopped(open_page, service, world):
    requests.post(f"{service.sentry}/sandbox/faults", json={"latency_ms": 400}, timeout=10)
    run = service.api("POST", f"/sentry-organizations/{world['sentry']}/sync-runs", {"mode": "full"})
    page = open_page(f"/sync-runs/{run['id']}")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("main").get_by_text("cancelled", exact=True)).to_be_visible(timeout=20_000)
    requests.post(f"{service.sentry}/sandbox/faults", json={}, timeout=10)


def test_links_are_checked_now(open_page, world):
    page = open_page("/sync-runs")
    page.get_by_role("button", name="Check links now").click()
    counts = page.get_by_role("region", name="What it changed")
    expect(counts).to_contain_text("links checked", timeout=20_000)
    expect(counts).to_contain_text("found apart")
    expect(page.locator("main").get_by_text("succeeded", exact=True)).to_be_visible(timeout=20_000)


def test_a_job_is_run_again(open_page, service, world):
    job = eventually(lambda: service.api("GET", "/jobs?state=completed")["data"])[0]
    page = open_page("/jobs?state=completed")
    page.get_by_role("link", name=f"#{job['id']} {job['kind']}").click()
    # The list has such buttons too.
    expect(page.get_by_role("heading", name=f"Job {job['id']}: {job['kind']}")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Retry")).click()
    expect(page.get_by_text("The job runs now.")).to_be_visible()
    eventually(lambda: service.api("GET", f"/jobs/{job['id']}")["finalized_at"] not in (None, job["finalized_at"]))
