"""The main job as a person does it in the console, from signing in to a ticket that closes its error."""

import re

import pytest
import requests
from playwright.sync_api import expect

from service import ROOT, TOKEN, eventually

PICTURES = ROOT / ".screenshots"


@pytest.fixture(scope="module")
def page(browser, service):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=service.url)
    context.set_default_timeout(20_000)
    one = context.new_page()
    yield one
    context.close()


def visit(page, path):
    page.evaluate("path => { location.hash = path }", path)


def test_1_signing_in_keeps_no_token_in_the_browser(page, service):
    page.goto("/")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    assert page.evaluate("document.cookie") == ""
    assert TOKEN not in page.evaluate("JSON.stringify([localStorage, sessionStorage])")


def test_2_a_failed_connection_is_explained_and_mended(page, service):
    page.get_by_role("link", name="Organizations", exact=True).click()
    page.get_by_role("button", name="Add Jira").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("acme")
    dialog.get_by_label("Address").fill(service.jira)
    dialog.get_by_label("Account").fill("service@example.com")
    dialog.get_by_label("API token").fill("mistyped")
    dialog.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="acme", level=1)).to_be_visible()
    page.get_by_role("button", name="Test connection").click()
    answer = page.locator(".ib-test")
    expect(answer).to_contain_text("Jira cannot be used")
    assert "token" in answer.inner_text()
    page.get_by_role("button", name="Edit").click()
    dialog.get_by_label("API token").fill("sandbox-jira-token")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator(".ib-test[data-status=connected]")).to_contain_text("Connected to Jira")


def test_2b_a_pasted_page_address_is_answered_with_the_right_one(page, service):
    page.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Address").fill(f"{service.jira}/browse/WEB-1")
    dialog.get_by_role("button", name="Save").click()
    address = dialog.locator("[name=base_url]")
    expect(address).to_have_attribute("aria-invalid", "true")
    expect(dialog).to_contain_text(f"use {service.jira} (got {service.jira}/browse/WEB-1)")
    dialog.get_by_label("Account").fill("")
    address.fill(f" {service.jira}/ ")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator("[name=username]")).to_have_attribute("aria-invalid", "true")
    expect(dialog).to_contain_text("Only a service account's token is used without it")
    dialog.screenshot(path=str(PICTURES / "organization-form.png"))
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)


def test_2c_missing_permissions_are_listed(page, service):
    requests.post(f"{service.jira}/sandbox/permissions", json={"lacking": ["TRANSITION_ISSUES", "ADD_COMMENTS"]}, timeout=10)
    page.get_by_role("button", name="Test connection").click()
    answer = page.locator(".ib-test")
    expect(answer.get_by_role("listitem")).to_have_text([
        "TRANSITION_ISSUES: needed for carrying statuses over to tickets", "ADD_COMMENTS: needed for adding comments"])
    answer.screenshot(path=str(PICTURES / "missing-permissions.png"))
    requests.post(f"{service.jira}/sandbox/permissions", json={}, timeout=10)


def test_3_what_is_refused_is_said_at_its_field(page, service):
    visit(page, "/organizations")
    page.get_by_role("button", name="Add Sentry").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("acme")
    dialog.get_by_label("Organization slug").fill("acme")
    dialog.get_by_label("Address").fill("https://elsewhere.example")
    dialog.get_by_label("Auth token").fill("sandbox-sentry-token")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.locator("[name=base_url]")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Address").fill(service.sentry)
    dialog.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="acme", level=1)).to_be_visible()
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator(".ib-test[data-status=connected]")).to_contain_text("Connected to Sentry")


@pytest.mark.parametrize("kind", ["jira", "sentry"])
def test_4_a_sync_shows_its_progress(page, service, kind):
    vendor = service.jira if kind == "jira" else service.sentry
    requests.post(f"{vendor}/sandbox/faults", json={"latency_ms": 250}, timeout=10)
    visit(page, f"/organizations/{kind}/1")
    expect(page.get_by_text("Never synced")).to_be_visible()
    page.get_by_role("button", name="Sync now").click()
    page.get_by_role("dialog").get_by_label("What to read").select_option("full")
    page.get_by_role("dialog").get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name=re.compile("Sync run"))).to_be_visible()
    expect(page.locator("main").get_by_text("running", exact=True)).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", re.compile("^[1-9]"))
    expect(page.locator("main").get_by_text("succeeded", exact=True)).to_be_visible(timeout=30_000)
    expect(page.locator("main").get_by_text("7 of 7 projects")).to_be_visible()
    requests.post(f"{vendor}/sandbox/faults", json={}, timeout=10)


def test_5_a_dry_run_shows_its_plan(page, service):
    moved = requests.post(f"{service.jira}/sandbox/issues/WEB-1/transition", json={"to": "In Progress"}, timeout=10)
    assert moved.ok, moved.text
    visit(page, "/organizations/jira/1")
    page.get_by_role("button", name="Sync now").click()
    page.get_by_role("dialog").get_by_label("What to read").select_option("full")
    page.get_by_role("dialog").get_by_label("Dry run").check()
    page.get_by_role("dialog").get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="The plan: what a sync would change")).to_be_visible()
    expect(page.locator("main").get_by_text("succeeded", exact=True)).to_be_visible(timeout=30_000)
    plan = page.get_by_role("table", name="What a sync would change, issue by issue")
    expect(plan.get_by_role("row").filter(has_text="WEB-1")).to_contain_text("status: ")


def test_6_projects_are_mapped_in_bulk_and_conflicts_come_first(page, service):
    for name in ("Web Shop", "Payments"):
        visit(page, "/products")
        page.get_by_role("button", name="Add product").first.click()
        page.get_by_role("dialog").get_by_label("Name").fill(name)
        page.get_by_role("dialog").get_by_role("button", name="Add").click()
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    visit(page, "/mapping")
    page.get_by_role("button", name="Select those without a product").click()
    expect(page.get_by_text("7 Sentry, 7 Jira selected")).to_be_visible()
    bar = page.get_by_role("group", name="What to do with the selected projects")
    bar.get_by_label("Product").select_option(label="Web Shop")
    bar.get_by_role("button", name="Assign").click()
    expect(page.get_by_text("14 assigned.")).to_be_visible()
    # Two of them go elsewhere: that they would be moved is said first, and nothing has happened yet.
    page.get_by_label(re.compile("^payments")).check()
    page.get_by_label(re.compile("^PAY")).check()
    bar.get_by_label("Product").select_option(label="Payments")
    bar.get_by_role("button", name="Assign").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Nothing has been changed yet. 2 selected projects would leave their product for Payments")
    assert len(service.api("GET", "/jira-projects?product_id=1")["data"]) == 7
    dialog.get_by_role("button", name="Move them").click()
    expect(page.get_by_text("2 moved.")).to_be_visible()
    assert [one["key"] for one in service.api("GET", "/jira-projects?product_id=2")["data"]] == ["PAY"]


def test_7_a_ticket_is_made_from_an_error_after_its_preview(page, service):
    visit(page, "/sentry-issues?status=unresolved&linked=false")
    page.get_by_role("row").nth(1).get_by_role("link").first.click()
    create = page.get_by_role("link", name="Create Jira ticket")
    create.wait_for()
    title = page.get_by_role("heading", level=1).inner_text()
    create.click()
    page.get_by_label("Jira project").select_option(index=0)
    preview = page.get_by_label("Preview", exact=True)
    expect(preview.locator(".ib-ticket-title")).to_have_text(title)
    page.get_by_label("Notes").fill("Seen by **three** customers.")
    expect(preview.locator("strong", has_text="three")).to_be_visible()
    page.get_by_label("Summary").fill("A better summary")
    expect(preview.locator(".ib-ticket-title")).to_have_text("A better summary")
    page.get_by_role("button", name="Create the ticket").click()
    expect(page.get_by_role("heading", name=re.compile(r"^\S+ → \S+-\d+$"))).to_be_visible()
    assert service.api("GET", "/links")["data"][0]["jira_issue"]["summary"] == "A better summary"


def test_8_a_ticket_resolved_in_jira_changes_the_page_by_itself(page, service):
    service.add_webhooks(1, 1)
    one = service.api("GET", "/links")["data"][0]
    visit(page, f"/links/{one['id']}")
    jira, sentry = page.locator("[data-side=jira]"), page.locator("[data-side=sentry]")
    expect(sentry).to_have_text("unresolved")
    page.evaluate("window.here = true")
    service.move_ticket(one["jira_issue"]["key"], "Done")
    expect(jira).to_have_text("Done", timeout=20_000)
    expect(sentry).to_have_text("resolved", timeout=20_000)
    history = page.get_by_role("region", name="What happened and why")
    expect(history.get_by_role("listitem").filter(has_text="Resolve the error in Sentry").first).to_contain_text("applied")
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_role("status").get_by_text("Nothing to do")).to_be_visible()
    assert page.evaluate("window.here"), "the page was loaded anew"


def test_8a_the_policy_of_a_link_is_changed(page, service):
    one = service.api("GET", "/links")["data"][0]
    page.get_by_role("button", name="Policy").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("A change of the error changes the ticket in Jira").uncheck()
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="The link", exact=True)).to_contain_text("Jira → Sentry")
    assert service.api("GET", f"/links/{one['id']}")["sync_sentry_to_jira"] is False


def test_8b_a_webhook_is_seen_and_replayed(page, service):
    visit(page, "/deliveries?source=jira")
    page.get_by_role("link", name="jira:issue_updated").first.click()
    state = page.get_by_role("region", name="What became of it")
    expect(state).to_contain_text("processed")
    before = service.api("GET", "/webhook-deliveries?source=jira")["data"][0]
    page.get_by_role("button", name="Process it again").click()
    expect(page.get_by_text("It is processed again.")).to_be_visible()
    eventually(lambda: service.api("GET", f"/webhook-deliveries/{before['id']}")["processed_at"] not in (None, before["processed_at"]), what="the replay")
    expect(state).to_contain_text("processed")


def test_9_ten_tickets_are_made_in_one_go(page, service):
    visit(page, "/sentry-issues?status=unresolved&linked=false&product_id=1")
    rows = page.get_by_role("row")
    expect(rows.nth(11)).to_be_visible()
    for index in range(1, 11):
        rows.nth(index).get_by_role("checkbox").check()
    expect(page.get_by_text("10 items selected")).to_be_visible()
    page.get_by_role("button", name="Create Jira tickets").click()
    expect(page.get_by_role("heading", name="Create 10 Jira tickets")).to_be_visible()
    expect(page.locator(".ib-ticket-title")).to_be_visible()
    page.get_by_role("button", name="Create 10 tickets").click()
    expect(page.get_by_text("10 of 10: 10 tickets created")).to_be_visible(timeout=30_000)
    assert eventually(lambda: len(service.api("GET", "/links")["data"]) == 11)


def test_a_error_that_has_a_ticket_names_it(page, service):
    one = service.api("GET", "/links")["data"][0]
    project = service.api("GET", f"/jira-issues/{one['jira_issue_id']}")["jira_project_id"]
    visit(page, f"/tickets/new?ids={one['sentry_issue_id']}")
    page.get_by_label("Jira project").select_option(str(project))
    expect(page.get_by_text("This error has a ticket already")).to_be_visible()
    page.get_by_role("button", name="Create the ticket").click()
    page.get_by_role("link", name="See the link that exists already").click()
    expect(page.get_by_role("heading", name=re.compile(one["jira_issue"]["key"]))).to_be_visible()


def test_b_a_ticket_is_moved_and_commented_from_here(page, service):
    one = service.api("GET", "/links")["data"][0]
    visit(page, f"/jira-issues/{one['jira_issue_id']}")
    page.get_by_role("button", name="Move to another status").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("listitem").filter(has_text="In Progress").get_by_role("button").click()
    expect(page.get_by_text("is In Progress.")).to_be_visible()
    page.get_by_label("Your comment").fill("Looking into it.")
    page.get_by_role("button", name="Comment in Jira").click()
    expect(page.get_by_role("region", name="Comments").get_by_role("listitem")).to_contain_text("Looking into it.")


def test_c_unlinking_asks_first(page, service):
    count = len(service.api("GET", "/links")["data"])
    one = service.api("GET", "/links")["data"][0]
    visit(page, f"/links/{one['id']}")
    page.get_by_role("button", name="Unlink").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert len(service.api("GET", "/links")["data"]) == count
    page.get_by_role("button", name="Unlink").click()
    page.get_by_role("dialog").get_by_role("button", name="Unlink").click()
    expect(page.get_by_text("They are no longer linked.")).to_be_visible()
    assert len(service.api("GET", "/links")["data"]) == count - 1


def test_d_after_the_session_ends_one_signs_in_again_where_one_was(page, service):
    visit(page, "/jira-issues")
    expect(page.get_by_role("table")).to_be_visible()
    page.context.clear_cookies()
    visit(page, "/links")
    expect(page.get_by_text("Your session has ended")).to_be_visible()
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Links", level=1)).to_be_visible()


def test_e_what_jira_requires_is_asked_for(page, service):
    needing = next(one for one in service.api("GET", "/jira-projects")["data"] if any(field["required"] and field["key"].startswith("customfield") for kind in service.api("GET", f"/jira-projects/{one['id']}/create-metadata")["issue_types"] for field in kind["fields"]))
    error = service.api("GET", "/sentry-issues?linked=false&limit=1")["data"][0]
    visit(page, f"/tickets/new?ids={error['id']}")
    page.get_by_label("Jira project").select_option(str(needing["id"]))
    required = page.get_by_role("group", name="Jira requires")
    expect(page.get_by_text("Jira needs more:")).to_be_visible()
    field = required.get_by_role("combobox").or_(required.get_by_role("textbox")).first
    if field.evaluate("one => one.tagName") == "SELECT":
        field.select_option(index=1)
    else:
        field.fill("Customers")
    expect(page.get_by_text("Jira needs more:")).to_have_count(0)
    page.get_by_role("button", name="Create the ticket").click()
    expect(page.get_by_role("heading", name=re.compile(f"→ {needing['key']}-"))).to_be_visible()


def test_f_a_mapping_is_made_for_a_project_and_taken_back(page, service):
    visit(page, "/status-mappings")
    expect(page.get_by_role("heading", name="For all")).to_be_visible()
    page.get_by_role("button", name="Add for a Jira project").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Jira project").select_option(index=1)
    dialog.get_by_label("A ticket that is done").select_option("resolve_in_next_release")
    dialog.get_by_role("button", name="Add a status or resolution").click()
    dialog.get_by_label("What is named").select_option("resolution")
    dialog.get_by_label("Its name in Jira").fill("Won't do")
    dialog.get_by_label("What it asks of Sentry").select_option("archive")
    dialog.get_by_label("An error that is resolved").select_option("status")
    dialog.get_by_label("The status in Jira").first.fill("Done")
    dialog.get_by_label("When both sides changed").select_option("jira_wins")
    dialog.get_by_role("button", name="Save").click()
    # The project's workflow has no such status, and the form says which it has.
    expect(dialog).to_contain_text("does not have the status 'Done'; there are: Open, In Development, In Review, Closed.")
    dialog.get_by_label("The status in Jira").first.fill("closed")
    dialog.get_by_role("button", name="Save").click()
    own = page.get_by_role("region", name=re.compile("^Jira project"))
    expect(own).to_contain_text("resolve it in the next release")
    expect(own).to_contain_text("resolution won't do")
    expect(own).to_contain_text("Jira is followed")
    stored = service.api("GET", "/status-mappings")["data"][1]
    assert stored["sentry_to_jira"]["resolved"] == "status:closed"
    own.get_by_role("button", name=re.compile("^Remove")).click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(own).to_have_count(0)
    assert len(service.api("GET", "/status-mappings")["data"]) == 1
