"""The document of the API is drawn here, and nothing for it comes from another host."""

from urllib.parse import urlsplit

from playwright.sync_api import expect


def test_the_api_is_documented_without_another_host(open_page, service):
    page = open_page("/", width=1280)
    hosts = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto("/docs")
    expect(page.get_by_role("heading", name="IssueBridge")).to_be_visible(timeout=20_000)
    operation = page.locator("#operations-Products-getProducts")
    expect(operation).to_contain_text("/api/v1/products", timeout=20_000)
    operation.get_by_role("button").first.click()
    expect(operation).to_contain_text("owner_team")
    hosts.discard("")  # data: and blob:
    assert hosts == {urlsplit(service.url).netloc}
