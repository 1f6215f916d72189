"""Every page with content, in light and dark, wide and narrow: axe-core finds nothing, nothing is wider
than the window, and a picture of it lies in .screenshots for whoever wants to look."""

import pathlib

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from service import ROOT, eventually

PICTURES = ROOT / ".screenshots"
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> " + "A\u202e\u0000" .replace("\u0000", "") + " long tail " * 20
LONG = "A summary without an end " * 400


@pytest.fixture(scope="module")
def world(service):
    """A service that has been in use: products, links of every kind, runs, hostile texts."""
    for title, level in ((HOSTILE, "fatal"), (LONG[:10_000], "error")):
        service.raise_error(title, level=level, project="web-shop")
    jira, sentry = service.add_organizations()
    service.add_webhooks(jira, sentry)
    shop = service.api("POST", "/products", {"name": "Web Shop", "priority": "high", "owner_team": "Checkout", "description": "Everything a customer sees."})
    below = service.api("POST", "/products", {"name": "Payments", "priority": "critical", "parent_id": shop["id"]})
    service.api("POST", "/products", {"name": "<b>Bold</b> & \"quoted\"", "priority": "low"})
    jira_projects = service.api("GET", "/jira-projects")["data"]
    sentry_projects = service.api("GET", "/sentry-projects")["data"]
    service.api("POST", "/project-assignments", {"product_id": shop["id"], "jira_project_ids": [one["id"] for one in jira_projects[:2]], "sentry_project_ids": [one["id"] for one in sentry_projects[:2]]})
    service.api("POST", "/project-assignments", {"product_id": below["id"], "jira_project_ids": [jira_projects[2]["id"]], "sentry_project_ids": [sentry_projects[2]["id"]]})
    errors = service.api("GET", f"/sentry-issues?product_id={shop['id']}&status=unresolved&limit=30")["data"]
    hostile = next(one for one in service.api("GET", "/sentry-issues?level=fatal&limit=200")["data"] if one["title"].startswith("<script>"))
    made = service.api("POST", f"/sentry-issues/{hostile['id']}/jira-tickets", {"jira_project_id": jira_projects[0]["id"], "notes": "Seen by **three** customers."})
    service.move_ticket(made["jira_issue"]["key"], "Done")
    service.api("POST", f"/links/{made['link']['id']}/sync")
    service.api("POST", f"/jira-issues/{made['jira_issue']['id']}/comments", {"body": "Mended in **1.2**: <script>alert(1)</script>"})
    others = [one["id"] for one in errors if one["id"] != hostile["id"] and not one["links"]][:4]
    batch = service.api("POST", "/jira-tickets", {"sentry_issue_ids": others + [hostile["id"]], "jira_project_id": jira_projects[0]["id"]})
    run = service.sync("jira", jira, dry_run=True)
    delivery = eventually(lambda: service.api("GET", "/webhook-deliveries")["data"], what="a delivery")[0]
    service.api("PUT", "/status-mappings", {"jira_project_id": jira_projects[0]["id"], "jira_to_sentry": {"resolution:won't do": "archive", "status:in progress": "nothing"}, "conflict_policy": "jira_wins"})
    service.api("POST", "/api-tokens", {"name": "A script", "scope": "read"})
    return {"jira": jira, "sentry": sentry, "product": shop["id"], "error": hostile["id"], "others": ",".join(map(str, others[:3])), "ticket": made["jira_issue"]["id"], "link": made["link"]["id"], "batch": batch["id"], "run": run, "delivery": delivery["id"], "job": service.api("GET", "/jobs")["data"][0]["id"]}


PAGES = {
    "dashboard": "/",
    "products": "/products",
    "product": "/products/{product}",
    "mapping": "/mapping",
    "organizations": "/organizations",
    "organization-jira": "/organizations/jira/{jira}",
    "organization-sentry": "/organizations/sentry/{sentry}",
    "sentry-issues": "/sentry-issues",
    "sentry-issue": "/sentry-issues/{error}",
    "new-ticket": "/tickets/new?ids={error}",
    "new-tickets": "/tickets/new?ids={others}",
    "ticket-batch": "/ticket-batches/{batch}",
    "jira-issues": "/jira-issues",
    "jira-issue": "/jira-issues/{ticket}",
    "links": "/links",
    "link": "/links/{link}",
    "proposed-links": "/proposed-links",
    "sync-runs": "/sync-runs",
    "sync-run": "/sync-runs/{run}",
    "status-mappings": "/status-mappings",
    "deliveries": "/deliveries",
    "delivery": "/deliveries/{delivery}",
    "jobs": "/jobs",
    "job": "/jobs/{job}",
    "audit": "/audit",
    "tokens": "/tokens",
    "not-found": "/nowhere",
}
SIGHTS = {"light": (1280, "light"), "dark": (1280, "dark"), "narrow": (360, "light"), "middle": (1000, "light"), "wide": (2560, "dark")}


def settled(page):
    expect(page.locator(".ib-loading")).to_have_count(0)
    if page.get_by_label("Preview").count():
        page.locator(".ib-ticket-title").wait_for()
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("sight", SIGHTS)
def test_every_page_is_right(open_page, world, sight):
    width, theme = SIGHTS[sight]
    page = open_page("/", width=width, theme=theme)
    axe = Axe()
    folder = pathlib.Path(PICTURES, sight)
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for name, path in PAGES.items():
        page.evaluate("path => { location.hash = path }", path.format(**world))
        page.wait_for_timeout(50)
        settled(page)
        page.screenshot(path=str(folder / f"{name}.png"), full_page=True)
        if page.locator("h1 ~ .ib-error, .ib-error h1").count():
            found.append(f"{name}: an error is shown: {page.locator('.ib-error').first.inner_text()}")
        # Colours and structure are the same at every width but the narrow one.
        for one in axe.run(page).response["violations"] if sight in ("light", "dark", "narrow") else []:
            found += [f"{name}: {one['id']}: {node['html'][:160]}" for node in one["nodes"][:3]]
        hidden = page.evaluate("[...document.querySelectorAll('.ib-table-box')].reduce((most, box) => Math.max(most, box.scrollWidth - box.clientWidth), 0)")
        if hidden > 0:
            found.append(f"{name}: {hidden} px of a table are out of sight")
        excess = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if excess > 0:
            found.append(f"{name}: {excess} px wider than the window")
        assert page.title() != "owned", name
    assert not found, "\n".join(found)


def test_sign_in_and_its_failure_are_right(browser, service):
    for theme in ("light", "dark"):
        context = browser.new_context(color_scheme=theme, base_url=service.url)
        page = context.new_page()
        page.goto("/")
        page.get_by_label("Token").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("alert").get_by_text("token").wait_for()
        assert Axe().run(page).response["violations"] == []
        page.screenshot(path=str(PICTURES / theme / "sign-in.png"))
        context.close()


DIALOGS = [
    ("/products", "Add product"),
    ("/products", "Move Web Shop"),
    ("/organizations", "Add Jira"),
    ("/organizations", "Add Sentry"),
    ("/organizations/jira/{jira}", "Sync now"),
    ("/organizations/jira/{jira}", "Edit project APP"),
    ("/organizations/jira/{jira}", "Delete"),
    ("/sentry-issues/{error}", "Link a ticket that exists"),
    ("/jira-issues/{ticket}", "Move to another status"),
    ("/jira-issues/{ticket}", "Edit"),
    ("/links/{link}", "Policy"),
    ("/status-mappings", "Edit For all"),
    ("/tokens", "Make a token"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_dialog_is_right(open_page, world, theme):
    page = open_page("/", theme=theme)
    found = []
    for path, button in DIALOGS:
        page.evaluate("path => { location.hash = path }", path.format(**world))
        page.get_by_role("button", name=button, exact=True).first.click()
        page.get_by_role("dialog").wait_for()
        settled(page)
        name = button.lower().replace(" ", "-")
        page.screenshot(path=str(PICTURES / theme / f"dialog-{name}.png"))
        for one in Axe().run(page).response["violations"]:
            found += [f"{button}: {one['id']}: {node['html'][:160]}" for node in one["nodes"][:3]]
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    assert not found, "\n".join(found)
