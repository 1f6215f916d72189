import Foundation
import JiraClient
import RESTClient
import SentryClient
import TestSupport
import Testing

@testable import App
@testable import Sandbox

@Suite struct TicketTextTests {
  /// What stands between the facts of the issue and its context, of each shape.
  private static let shapes: [(SentryEventShape, String)] = [
    (
      .chain,
      """
      Environment	production
      Transaction	/checkout
      Request	POST https://shop.example/checkout
      Handled	no
      Mechanism	django
      CheckoutError: the cart could not be priced
      ▶ shop/checkout/cart.py in total at line 17 (in app)
            15 |     def total(self, currency):
            16 |         prices = [item.price for item in self.items]
          > 17 |         return sum(prices) * rate(currency)
            18 |
            19 |     def clear(self):
      ▶ shop/checkout/views.py in checkout at line 88 (in app)
            86 |     cart = Cart.of(request)
            87 |     try:
          > 88 |         total = cart.total(request.POST['currency'])
            89 |     except KeyError as error:
            90 |         raise CheckoutError('the cart could not be priced') from error
        … 2 system frames
        1 system frame deeper: django/utils/functional.py in __get__ at line 57
      KeyError: 'EUR'
      ▶ shop/pricing/rates.py in rate at line 41 (in app)
            39 | def rate(currency):
            40 |     table = load_rates()
          > 41 |     return table[currency].value
            42 |
            43 |
      Context
      Browser	Firefox 146.0
      Operating system	Windows 11
      Runtime	CPython 3.13.1
      Platform	python
      Trace	3032af8bcdfe4423b937fc5c041d5d82
      Latest event	aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, 2026-11-29 10:00 UTC
      Tag server_name	web-3
      Tag payment.provider	eu-2
      """
    ),
    (
      .minified,
      """
      Environment	production
      Transaction	/cart
      Page	https://shop.example/cart
      Handled	no
      Mechanism	onerror
      TypeError: t is undefined
      ▶ /assets/main.8f3a.js in t at line 1:184233 (in app)
          > 1 | {snip} ;function t(e){return e.items.map((function(e){return e.t.price})).reduce((function(e,n){return e+n}),0)}function n(e){ {snip}
      ▶ /assets/main.8f3a.js in HTMLButtonElement.onclick at line 1:90112 (in app)
      Context
      Browser	Chrome 140.0
      Operating system	Android 15
      Device	Pixel 9
      Platform	javascript
      Latest event	aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, 2026-11-29 10:00 UTC
      Problems in Sentry	Source code was not found: https://cdn.shop.example/assets/main.8f3a.js
      """
    ),
    (
      .native,
      """
      Environment	production
      Handled	no
      Mechanism	mach (EXC_BAD_ACCESS, SIGSEGV, SEGV_NOOP)
      EXC_BAD_ACCESS: Attempted to dereference null pointer.
      ▶ Shop (CartViewController.swift) in CartViewController.refresh() at line 112 (in app)
      ▶ Shop (AppDelegate.swift) in main at line 5 (in app)
        … 2 system frames
        1 system frame deeper: libswiftCore.dylib in swift_retain at 0x19f0a1c30
      Context
      Operating system	iOS 19.1
      Device	iPhone17,1
      Application	Shop 4.2.0 (1187)
      Platform	cocoa
      Latest event	aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, 2026-11-29 10:00 UTC
      """
    ),
    (
      .threads,
      """
      Environment	production
      Thread pricing (crashed, runnable)
      ▶ src/pricing/cart.cc in price_cart(Cart const&) at line 208:15 (in app)
      ▶ src/main.cc in run_worker(Queue&) at line 74:9 (in app)
        … 1 system frame
        2 system frames deeper: libc.so.6 in abort at 0x7f41a8f2
      Context
      Operating system	Linux 6.12.0
      Platform	native
      Latest event	aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, 2026-11-29 10:00 UTC
      Tag server_name	pricing-2
      """
    ),
    (
      .message,
      """
      Environment	production
      Transaction	shop.payments.charge
      Message
      Payment provider answered slowly for order 8812 after 31 s
      retry=3 gateway=eu-2
      Context
      Runtime	CPython 3.13.1
      Platform	python
      Latest event	aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, 2026-11-29 10:00 UTC
      Tag logger	shop.payments
      Tag server_name	web-1
      """
    ),
    (
      .csp,
      """
      Page	https://shop.example/checkout
      Content Security Policy report
      Directive	script-src-elem
      Blocked URI	https://ads.example/pixel.js (query left out)
      Document URI	https://shop.example/checkout (query left out)
      Source file	https://shop.example/assets/app.js
      Line	61
      Column	9
      Disposition	enforce
      Status code	200
      Referrer	https://shop.example/cart
      Policy	default-src 'none'; script-src 'self'; report-uri https://o1.ingest.example/api/1/security/ (query left out)
      Context
      Browser	Firefox 146.0
      Operating system	Windows
      Latest event	aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, 2026-11-29 10:00 UTC
      Tag logger	csp
      """
    ),
    (
      .hpkp,
      """
      Public Key Pinning report
      Host	shop.example
      Noted host	shop.example
      Port	443
      Reported at	2026-11-28T13:02:11.000Z
      Expires	2026-12-28T13:02:11.000Z
      Includes subdomains	no
      Known pins	pin-sha256="E9CZ9INDbd+2eRQozYqqbQ2yXLVKB9+xcprMF+44U1g="
      Served certificates	-----BEGIN CERTIFICATE-----
      MIIBszCCAVmgAwIBAgIU
      -----END CERTIFICATE-----
      Context
      Browser	Firefox 71.0
      Latest event	aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, 2026-11-29 10:00 UTC
      Tag logger	csp
      """
    ),
    (
      .expectct,
      """
      Certificate Transparency report
      Host	shop.example
      Port	443
      Reported at	2026-11-28T13:02:11.000Z
      Expires	2026-12-28T13:02:11.000Z
      Failure mode	enforce
      Test report	no
      Context
      Browser	Chrome 104.0
      Latest event	aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, 2026-11-29 10:00 UTC
      Tag logger	csp
      """
    ),
    (
      .performance,
      """
      Environment	production
      Transaction	/api/carts/{id}
      Request	GET https://api.shop.example/api/carts/7
      Evidence
      Database query repeated 25 times
      Offending Spans	db - SELECT * FROM items WHERE cart_id = %s
      Repeated	25 times
      Parent Span	http.server - GET /api/carts/{id}
      Offending spans
      Operation	Description	Duration
      db	SELECT * FROM items WHERE cart_id = 1	5.2 ms
      db	SELECT * FROM items WHERE cart_id = 2	4.9 ms
      db	SELECT * FROM items WHERE cart_id = 3	6.1 ms
      … 1 more span in Sentry
      Context
      Runtime	CPython 3.13.1
      Platform	python
      Trace	abcdef1234567890abcdef1234567890
      Latest event	aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, 2026-11-29 10:00 UTC
      """
    ),
    (
      .cron,
      """
      Environment	production
      Evidence
      Your monitor is failing: A missed check-in was detected.
      Failure reason	1 missed check-in detected
      Environment	production
      Last successful check-in	2026-11-28T02:00:09.112000+00:00
      Monitor
      Monitor	nightly-invoices
      Status	active
      Schedule	0 2 * * *
      Time zone	Europe/Berlin
      Check-in margin (minutes)	5
      Longest run (minutes)	30
      Context
      Trace	77aa
      Latest event	aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, 2026-11-29 10:00 UTC
      """
    ),
    (
      .uptime,
      """
      Environment	production
      Evidence
      Your monitored domain is down
      Failure reason	timeout - Request timed out
      Duration	10003ms
      Method	GET
      Status Code	None
      Context
      Trace	88bb
      Latest event	aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, 2026-11-29 10:00 UTC
      Tag uptime_rule	19
      """
    ),
    (
      .feedback,
      """
      Environment	production
      Page	https://shop.example/cart (query left out)
      User feedback
      Checkout is broken: the button does nothing since this morning.
      Context
      Browser	Safari 19.0
      Operating system	macOS 26.1
      Platform	javascript
      Latest event	aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, 2026-11-29 10:00 UTC
      """
    ),
    (
      .anr,
      """
      Environment	production
      Handled	no
      Mechanism	ANR
      ApplicationNotResponding: ANR for at least 5000 ms.
      ▶ com.acme.shop.CartStore (CartStore.kt) in load at line 31 (in app)
      ▶ com.acme.shop.CartActivity (CartActivity.kt) in onResume at line 64 (in app)
        … 2 system frames
        1 system frame deeper: android.database.sqlite.SQLiteConnection (SQLiteConnection.java) in nativeExecuteForCursorWindow
      Context
      Operating system	Android 15
      Device	Google Pixel 9
      Application	Shop 4.2.0 (1187)
      Platform	java
      Latest event	aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, 2026-11-29 10:00 UTC
      """
    ),
    (
      .generic,
      """
      Transaction	POST /oauth/token
      Evidence
      Increased from 909.77ms to 1711.36ms (P95)
      Regression	POST /oauth/token duration increased from 909.77ms to 1711.36ms (P95)
      Transaction	POST /oauth/token
      Context
      Platform	python
      Latest event	aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, 2026-11-29 10:00 UTC
      """
    ),
  ]

  @Test(arguments: shapes)
  func `a ticket says what its event says`(shape: SentryEventShape, text: String) throws {
    let (issue, event) = TicketFixtures.shape(shape)
    let draft = TicketFixtures.draft(event, issue: issue)
    let lines = TicketFixtures.lines(draft)
    let end = try #require(lines.firstIndex { $0.hasPrefix("Last seen") })
    #expect(
      lines[1...end] == [
        "Project\tWeb (web)", "Level\terror", "Events\t12,345", "Users\t3",
        "First seen\t2026-09-21 14:13 UTC", "Last seen\t2026-09-22 15:13 UTC",
      ])
    #expect(lines[(end + 1)...].joined(separator: "\n") == text)
    #expect(TicketFixtures.refusal(draft) == nil)
  }

  @Test func `every shape but the plain exception is in the table above`() {
    #expect(Set(Self.shapes.map(\.0)).union([.exception]) == Set(SentryEventShape.allCases))
  }

  @Test func `the frames of the application come first, however many of a library are above them`()
  {
    let library = (0..<40).map {
      TicketFixtures.frame("lib/orm/\($0).py", "step\($0)", $0 + 1, inApp: false)
    }
    let event = TicketFixtures.exceptions([
      "type": "OperationalError", "value": "connection closed",
      "stacktrace": [
        "frames": .array(
          [
            TicketFixtures.frame("shop/views.py", "checkout", 88),
            TicketFixtures.frame("shop/cart.py", "total", 17),
          ] + library)
      ],
    ])
    let lines = TicketFixtures.lines(TicketFixtures.draft(event))
    #expect(
      lines.suffix(4) == [
        "OperationalError: connection closed", "▶ shop/cart.py in total at line 17 (in app)",
        "▶ shop/views.py in checkout at line 88 (in app)",
        "  40 system frames deeper: lib/orm/39.py in step39 at line 40",
      ])
  }

  @Test func `where no frame is the application's, the newest are shown and the rest is counted`() {
    let frames = (0..<30).map { TicketFixtures.frame("lib/\($0).go", "f\($0)", 1, inApp: false) }
    let lines = TicketFixtures.lines(
      TicketFixtures.draft(
        TicketFixtures.exceptions(["type": "E", "stacktrace": ["frames": .array(frames)]])))
    #expect(lines.contains("  lib/29.go in f29 at line 1"))
    #expect(lines.suffix(2) == ["  lib/20.go in f20 at line 1", "  … 20 more system frames"])
  }

  @Test func `a huge value is cut, and both exceptions keep their frames`() {
    let value = "[\n" + String(repeating: "{\"path\":[\"items\",0]},", count: 3_000) + "\n]"
    let event = TicketFixtures.exceptions(
      [
        "type": "ZodError", "value": .string(value),
        "stacktrace": ["frames": [TicketFixtures.frame("src/rpc.ts", "parse", 9)]],
      ],
      [
        "type": "HandlerError", "value": "bad request",
        "stacktrace": ["frames": [TicketFixtures.frame("src/handler.ts", "handle", 33)]],
      ])
    let draft = TicketFixtures.draft(event)
    let lines = TicketFixtures.lines(draft)
    let first = lines.firstIndex(of: "HandlerError: bad request")
    #expect(first.map { lines[$0 + 1] } == "▶ src/handler.ts in handle at line 33 (in app)")
    #expect(first.map { lines[$0 + 2] } == "ZodError")
    #expect(lines.last == "▶ src/rpc.ts in parse at line 9 (in app)")
    let cut = "… \(TicketText.number(value.utf16.count - 1_000)) more characters in Sentry"
    #expect(lines.contains { $0.hasSuffix(cut) })
    #expect(TicketFixtures.refusal(draft) == nil)
  }

  @Test func `frames with huge names are shortened, not dropped`() {
    let frames = (0..<60).map {
      TicketFixtures.frame(
        String(repeating: "very/", count: 400) + "deep\($0).cc",
        "f\($0)<" + String(repeating: "std::tuple<int>, ", count: 300) + ">", $0)
    }
    let event = TicketFixtures.exceptions(
      ["type": "A", "stacktrace": ["frames": .array(frames)]],
      ["type": "B", "stacktrace": ["frames": .array(frames)]])
    let draft = TicketFixtures.draft(event)
    let text = draft.description.plainText
    #expect(text.contains("/deep59.cc in f59<std::tuple<int>"))
    #expect(text.contains("… (4,955 more characters) at line 59 (in app)"))
    #expect(text.contains("  … 40 more frames of the application in Sentry"))
    #expect(TicketFixtures.lines(draft).filter { $0 == "A" || $0 == "B" } == ["B", "A"])
    #expect(TicketFixtures.refusal(draft) == nil)
  }

  @Test func `of a long chain the newest exceptions and the first one are shown`() {
    let values = (0..<50).map { index -> JSONValue in
      [
        "type": .string("E\(index)"), "value": .string(String(repeating: "x", count: 5_000)),
        "stacktrace": ["frames": [TicketFixtures.frame("a\(index).py", "f", 1)]],
      ]
    }
    let event = SentryEvent([
      "entries": [["type": "exception", "data": ["values": .array(values)]]]
    ])
    let draft = TicketFixtures.draft(event)
    let lines = TicketFixtures.lines(draft)
    #expect(
      lines.filter { $0.hasPrefix("E") && $0.count < 4 } == [
        "E49", "E48", "E47", "E46", "E45", "E44", "E43", "E0",
      ])
    #expect(lines.contains("… 42 more exceptions in Sentry, and the first one:"))
    #expect(TicketFixtures.refusal(draft) == nil)
  }
}

/// What notes may take of a ticket.
@Suite struct TicketNotesTests {
  private static let event: SentryEvent = {
    let frames = (0..<30).map { TicketFixtures.frame("shop/module\($0).py", "step\($0)", $0 + 1) }
    return TicketFixtures.exceptions(
      ["type": "Cause", "value": "first", "stacktrace": ["frames": .array(frames)]],
      ["type": "Outer", "value": "last", "stacktrace": ["frames": .array(frames)]])
  }()

  private static func check(_ draft: TicketDraft) {
    let lines = TicketFixtures.lines(draft)
    #expect(lines.first == "WEB-3: Error: boom in shop.views in checkout")
    #expect(draft.description.addresses.first == "https://acme.sentry.io/issues/3/")
    #expect(lines.contains("Last seen\t2026-09-22 15:13 UTC"))
    #expect(lines.contains("Outer: last") && lines.contains("Cause: first"))
    #expect(lines.filter { $0 == "▶ shop/module29.py in step29 at line 30 (in app)" }.count == 2)
    #expect(draft.description.units <= AtlassianDocument.maxUnits)
    #expect(TicketFixtures.refusal(draft) == nil)
  }

  @Test(arguments: [
    String(repeating: "длинная заметка ", count: 1_125),
    (0..<60).map { "Абзац \($0). " + String(repeating: "слово ", count: 42) }
      .joined(separator: "\n\n"),
    "kurz",
  ])
  func `notes in any script arrive whole, and the event with them`(notes: String) {
    let draft = TicketFixtures.draft(Self.event, notes: notes)
    Self.check(draft)
    let words = notes.split(whereSeparator: \.isWhitespace)
    let arrived = draft.description.plainText.split(whereSeparator: \.isWhitespace)
    #expect(arrived.count(where: { $0 == words.last }) == words.count(where: { $0 == words.last }))
    #expect(!draft.description.plainText.contains("did not fit"))
  }

  @Test(arguments: [
    String(repeating: "💥", count: 10_000), String(repeating: "a\n\n", count: 6_600),
    String(repeating: "- item\n", count: 2_800), String(repeating: "\"\\", count: 10_000),
    "```\n" + String(repeating: "code\n", count: 3_990) + "```",
    String(repeating: "> quote\n\n", count: 2_200), String(repeating: "e\u{301}", count: 10_000),
    "x" + String(repeating: "\u{301}", count: 19_999),
    String(repeating: "**b** _i_ `c` ", count: 1_400),
    String(repeating: "[x](https://example.com/) ", count: 769),
  ])
  func `notes that do not fit are cut inside, and say so`(notes: String) {
    let draft = TicketFixtures.draft(Self.event, notes: notes)
    Self.check(draft)
    let lines = TicketFixtures.lines(draft)
    guard AtlassianDocument.units(of: AtlassianDocument.blocks(markdown: notes)) > 24_000 else {
      return
    }
    #expect(
      lines.contains { $0.hasSuffix("more characters of the notes did not fit into this ticket.") })
  }
}
