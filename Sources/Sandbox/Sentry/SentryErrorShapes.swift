/// Events of programs that failed, as Sentry's event endpoint writes them.
enum SentryErrorShapes {
  static let texts: [SentryEventShape: String] = [
    .chain: #"""
    {"issue":{"title":"CheckoutError: the cart could not be priced","culprit":"shop.checkout.views in checkout",
      "metadata":{"type":"CheckoutError","value":"the cart could not be priced","filename":"shop/checkout/views.py","function":"checkout"}},
     "event":{"platform":"python","type":"error",
      "entries":[{"type":"exception","data":{"hasSystemFrames":true,"excOmitted":null,"values":[
        {"type":"KeyError","value":"'EUR'","module":"builtins","threadId":null,"mechanism":{"type":"chained","handled":true,"exception_id":1,"parent_id":0},
         "rawStacktrace":null,"stacktrace":{"hasSystemFrames":false,"framesOmitted":null,"registers":null,"frames":[
          {"filename":"shop/pricing/rates.py","absPath":"/srv/shop/pricing/rates.py","module":"shop.pricing.rates","function":"rate","lineNo":41,"colNo":null,"inApp":true,
           "context":[[39,"def rate(currency):"],[40,"    table = load_rates()"],[41,"    return table[currency].value"],[42,""],[43,""]]}]}},
        {"type":"CheckoutError","value":"the cart could not be priced","module":"shop.checkout.errors","threadId":null,"mechanism":{"type":"django","handled":false,"exception_id":0},
         "rawStacktrace":null,"stacktrace":{"hasSystemFrames":true,"framesOmitted":null,"registers":null,"frames":[
          {"filename":"django/core/handlers/exception.py","absPath":"/usr/lib/python3/site-packages/django/core/handlers/exception.py","module":"django.core.handlers.exception","function":"inner","lineNo":55,"colNo":null,"inApp":false,"context":[]},
          {"filename":"django/core/handlers/base.py","absPath":"/usr/lib/python3/site-packages/django/core/handlers/base.py","module":"django.core.handlers.base","function":"_get_response","lineNo":197,"colNo":null,"inApp":false,"context":[]},
          {"filename":"shop/checkout/views.py","absPath":"/srv/shop/checkout/views.py","module":"shop.checkout.views","function":"checkout","lineNo":88,"colNo":null,"inApp":true,
           "context":[[86,"    cart = Cart.of(request)"],[87,"    try:"],[88,"        total = cart.total(request.POST['currency'])"],[89,"    except KeyError as error:"],[90,"        raise CheckoutError('the cart could not be priced') from error"]]},
          {"filename":"shop/checkout/cart.py","absPath":"/srv/shop/checkout/cart.py","module":"shop.checkout.cart","function":"total","lineNo":17,"colNo":null,"inApp":true,
           "context":[[15,"    def total(self, currency):"],[16,"        prices = [item.price for item in self.items]"],[17,"        return sum(prices) * rate(currency)"],[18,""],[19,"    def clear(self):"]]},
          {"filename":"django/utils/functional.py","absPath":"/usr/lib/python3/site-packages/django/utils/functional.py","module":"django.utils.functional","function":"__get__","lineNo":57,"colNo":null,"inApp":false,"context":[]}]}}]}},
       {"type":"breadcrumbs","data":{"values":[{"type":"default","category":"query","level":"info","message":"SELECT * FROM carts","timestamp":"2026-11-29T09:59:58.000Z","data":null}]}},
       {"type":"request","data":{"method":"POST","url":"https://shop.example/checkout","query":[["coupon","SPRING"],["token","f00dfeed"]],"fragment":null,"data":{"card":"[Filtered]"},
        "headers":[["Authorization","[Filtered]"],["Host","shop.example"],["User-Agent","Mozilla/5.0"]],"cookies":[["sessionid","[Filtered]"]],"env":null,"inferredContentType":"application/json","apiTarget":null}}],
      "contexts":{"browser":{"type":"browser","name":"Firefox","version":"146.0"},"client_os":{"type":"os","name":"Windows","version":"11"},
       "runtime":{"type":"runtime","name":"CPython","version":"3.13.1"},"trace":{"type":"trace","trace_id":"3032af8bcdfe4423b937fc5c041d5d82","span_id":"953da703d2a6f4c7"}},
      "tags":[["browser","Firefox 146.0"],["environment","production"],["handled","no"],["level","error"],["mechanism","django"],["server_name","web-3"],
       ["transaction","/checkout"],["url","https://shop.example/checkout"],["user","id:4711"],["payment.provider","eu-2"]]}}
    """#,
    .minified: #"""
    {"issue":{"title":"TypeError: t is undefined","culprit":"t(main.8f3a)","metadata":{"type":"TypeError","value":"t is undefined","filename":"/assets/main.8f3a.js","function":"t"}},
     "event":{"platform":"javascript","type":"error",
      "errors":[{"type":"js_no_source","message":"Source code was not found","data":{"symbolicator_type":"missing_sourcemap","url":"https://cdn.shop.example/assets/main.8f3a.js"}}],
      "entries":[{"type":"exception","data":{"hasSystemFrames":false,"excOmitted":null,"values":[
        {"type":"TypeError","value":"t is undefined","module":null,"threadId":null,"mechanism":{"type":"onerror","handled":false},"rawStacktrace":null,
         "stacktrace":{"hasSystemFrames":false,"framesOmitted":null,"registers":null,"frames":[
          {"filename":"/assets/main.8f3a.js","absPath":"https://cdn.shop.example/assets/main.8f3a.js","module":"main.8f3a","function":"HTMLButtonElement.onclick","lineNo":1,"colNo":90112,"inApp":true,"context":[]},
          {"filename":"/assets/main.8f3a.js","absPath":"https://cdn.shop.example/assets/main.8f3a.js","module":"main.8f3a","function":"t","lineNo":1,"colNo":184233,"inApp":true,
           "context":[[1,"{snip} ;function t(e){return e.items.map((function(e){return e.t.price})).reduce((function(e,n){return e+n}),0)}function n(e){ {snip}"]]}]}}]}},
       {"type":"request","data":{"method":null,"url":"https://shop.example/cart","query":[],"fragment":null,"data":null,"headers":[["User-Agent","Mozilla/5.0"]],"cookies":[],"env":null,"inferredContentType":null,"apiTarget":null}}],
      "contexts":{"browser":{"type":"browser","name":"Chrome","version":"140.0"},"os":{"type":"os","name":"Android","version":"15"},"device":{"type":"device","family":"Pixel 9","model":"Pixel 9","brand":"Google"}},
      "tags":[["browser","Chrome 140.0"],["environment","production"],["handled","no"],["level","error"],["mechanism","onerror"],["transaction","/cart"],["url","https://shop.example/cart"]]}}
    """#,
    .native: #"""
    {"issue":{"title":"EXC_BAD_ACCESS: Attempted to dereference null pointer.","culprit":"CartViewController.refresh","metadata":{"type":"EXC_BAD_ACCESS","value":"Attempted to dereference null pointer.","function":"CartViewController.refresh"}},
     "event":{"platform":"cocoa","type":"error",
      "entries":[{"type":"exception","data":{"hasSystemFrames":true,"excOmitted":null,"values":[
        {"type":"EXC_BAD_ACCESS","value":"Attempted to dereference null pointer.","module":null,"threadId":0,
         "mechanism":{"type":"mach","handled":false,"meta":{"mach_exception":{"exception":1,"code":1,"subcode":0,"name":"EXC_BAD_ACCESS"},"signal":{"number":11,"code":0,"name":"SIGSEGV","code_name":"SEGV_NOOP"}}},
         "rawStacktrace":null,"stacktrace":null}]}},
       {"type":"threads","data":{"values":[
        {"id":0,"name":"main","current":true,"crashed":true,"state":null,"rawStacktrace":null,"stacktrace":{"hasSystemFrames":true,"framesOmitted":null,"registers":{"pc":"0x102e8c1f4"},"frames":[
          {"filename":null,"absPath":null,"module":null,"package":"/usr/lib/dyld","function":"start","lineNo":null,"colNo":null,"instructionAddr":"0x1b2e4c0d8","inApp":false,"context":[]},
          {"filename":null,"absPath":null,"module":null,"package":"/System/Library/PrivateFrameworks/UIKitCore.framework/UIKitCore","function":"UIApplicationMain","lineNo":null,"colNo":null,"instructionAddr":"0x1a5d2b9e0","inApp":false,"context":[]},
          {"filename":"AppDelegate.swift","absPath":"/builds/shop/Sources/AppDelegate.swift","module":null,"package":"/private/var/containers/Bundle/Application/Shop.app/Shop","function":"main","lineNo":5,"colNo":0,"instructionAddr":"0x102e8b000","inApp":true,"context":[]},
          {"filename":"CartViewController.swift","absPath":"/builds/shop/Sources/CartViewController.swift","module":null,"package":"/private/var/containers/Bundle/Application/Shop.app/Shop","function":"CartViewController.refresh()","lineNo":112,"colNo":0,"instructionAddr":"0x102e8c1f4","inApp":true,"context":[]},
          {"filename":null,"absPath":null,"module":null,"package":"/usr/lib/swift/libswiftCore.dylib","function":"swift_retain","lineNo":null,"colNo":null,"instructionAddr":"0x19f0a1c30","inApp":false,"context":[]}]}},
        {"id":1,"name":"com.apple.uikit.eventfetch-thread","current":false,"crashed":false,"state":null,"rawStacktrace":null,"stacktrace":null}]}},
       {"type":"debugmeta","data":{"images":[]}}],
      "contexts":{"device":{"type":"device","family":"iPhone","model":"iPhone17,1","name":"Ann's phone","arch":"arm64e"},"os":{"type":"os","name":"iOS","version":"19.1"},
       "app":{"type":"app","app_name":"Shop","app_version":"4.2.0","app_build":"1187"}},
      "tags":[["device.family","iPhone"],["environment","production"],["handled","no"],["level","fatal"],["mechanism","mach"],["os.name","iOS"],["user","ip:192.0.2.7"]]}}
    """#,
    .threads: #"""
    {"issue":{"title":"SIGABRT / Abort","culprit":"price_cart","metadata":{"title":"SIGABRT / Abort","function":"price_cart"}},
     "event":{"platform":"native","type":"error",
      "entries":[{"type":"threads","data":{"values":[
        {"id":4120,"name":"worker-1","current":false,"crashed":false,"state":"BLOCKED","rawStacktrace":null,"stacktrace":{"hasSystemFrames":true,"framesOmitted":null,"registers":null,"frames":[
          {"filename":null,"absPath":null,"module":null,"package":"/usr/lib/x86_64-linux-gnu/libc.so.6","function":"__futex_wait","lineNo":null,"colNo":null,"instructionAddr":"0x7f41a2c3","inApp":false,"context":[]}]}},
        {"id":4121,"name":"pricing","current":true,"crashed":true,"state":"RUNNABLE","rawStacktrace":null,"stacktrace":{"hasSystemFrames":true,"framesOmitted":null,"registers":null,"frames":[
          {"filename":null,"absPath":null,"module":null,"package":"/usr/lib/x86_64-linux-gnu/libc.so.6","function":"start_thread","lineNo":null,"colNo":null,"instructionAddr":"0x7f41b210","inApp":false,"context":[]},
          {"filename":"src/main.cc","absPath":"/build/src/main.cc","module":null,"package":"/opt/pricing/pricingd","function":"run_worker(Queue&)","lineNo":74,"colNo":9,"instructionAddr":"0x55d0c210","inApp":true,"context":[]},
          {"filename":"src/pricing/cart.cc","absPath":"/build/src/pricing/cart.cc","module":null,"package":"/opt/pricing/pricingd","function":"price_cart(Cart const&)","lineNo":208,"colNo":15,"instructionAddr":"0x55d0d3f8","inApp":true,"context":[]},
          {"filename":null,"absPath":null,"module":null,"package":"/usr/lib/x86_64-linux-gnu/libstdc++.so.6","function":"std::terminate()","lineNo":null,"colNo":null,"instructionAddr":"0x7f41c0aa","inApp":false,"context":[]},
          {"filename":null,"absPath":null,"module":null,"package":"/usr/lib/x86_64-linux-gnu/libc.so.6","function":"abort","lineNo":null,"colNo":null,"instructionAddr":"0x7f41a8f2","inApp":false,"context":[]}]}}]}}],
      "contexts":{"os":{"type":"os","name":"Linux","version":"6.12.0"},"device":{"type":"device","arch":"x86_64"}},
      "tags":[["environment","production"],["level","fatal"],["os.name","Linux"],["server_name","pricing-2"]]}}
    """#,
    .message: #"""
    {"issue":{"title":"Payment provider answered slowly for order %s","culprit":"shop.payments","metadata":{"title":"Payment provider answered slowly for order %s"}},
     "event":{"platform":"python","type":"default",
      "entries":[{"type":"message","data":{"formatted":"Payment provider answered slowly for order 8812 after 31 s\nretry=3 gateway=eu-2","message":"Payment provider answered slowly for order %s after %s s","params":["8812","31"]}}],
      "contexts":{"runtime":{"type":"runtime","name":"CPython","version":"3.13.1"}},
      "tags":[["environment","production"],["level","warning"],["logger","shop.payments"],["server_name","web-1"],["transaction","shop.payments.charge"]]}}
    """#,
    .anr: #"""
    {"issue":{"title":"ApplicationNotResponding: ANR for at least 5000 ms.","culprit":"com.acme.shop.CartStore in load","metadata":{"type":"ApplicationNotResponding","value":"ANR for at least 5000 ms.","function":"load"}},
     "event":{"platform":"java","type":"error",
      "entries":[{"type":"exception","data":{"hasSystemFrames":true,"excOmitted":null,"values":[
        {"type":"ApplicationNotResponding","value":"ANR for at least 5000 ms.","module":"io.sentry.android.core","threadId":2,"mechanism":{"type":"ANR","handled":false},"rawStacktrace":null,
         "stacktrace":{"hasSystemFrames":true,"framesOmitted":null,"registers":null,"frames":[
          {"filename":"ZygoteInit.java","absPath":"ZygoteInit.java","module":"com.android.internal.os.ZygoteInit","function":"main","lineNo":971,"colNo":null,"inApp":false,"context":[]},
          {"filename":"Looper.java","absPath":"Looper.java","module":"android.os.Looper","function":"loop","lineNo":313,"colNo":null,"inApp":false,"context":[]},
          {"filename":"CartActivity.kt","absPath":"CartActivity.kt","module":"com.acme.shop.CartActivity","function":"onResume","lineNo":64,"colNo":null,"inApp":true,"context":[]},
          {"filename":"CartStore.kt","absPath":"CartStore.kt","module":"com.acme.shop.CartStore","function":"load","lineNo":31,"colNo":null,"inApp":true,"context":[]},
          {"filename":"SQLiteConnection.java","absPath":"SQLiteConnection.java","module":"android.database.sqlite.SQLiteConnection","function":"nativeExecuteForCursorWindow","lineNo":-2,"colNo":null,"inApp":false,"context":[]}]}}]}},
       {"type":"threads","data":{"values":[{"id":2,"name":"main","current":false,"crashed":true,"state":"TIMED_WAITING","rawStacktrace":null,"stacktrace":null}]}}],
      "contexts":{"device":{"type":"device","manufacturer":"Google","family":"Pixel","model":"Pixel 9"},"os":{"type":"os","name":"Android","version":"15"},"app":{"type":"app","app_name":"Shop","app_version":"4.2.0","app_build":"1187"}},
      "tags":[["device.family","Pixel"],["environment","production"],["handled","no"],["level","error"],["mechanism","ANR"],["os.name","Android"]]}}
    """#,
  ]
}
