// The page says where the document is until Swagger UI, if it is installed, takes its place.
if (globalThis.SwaggerUIBundle) {
  globalThis.SwaggerUIBundle({
    url: '/openapi.yaml',
    dom_id: '#docs',
    deepLinking: true,
    tryItOutEnabled: true,
    // Whoever is signed in at the console may try operations from here.
    requestInterceptor: (request) => {
      if (new URL(request.url, location.href).origin === location.origin) request.headers['X-IssueBridge-Console'] = '1';
      return request;
    },
  });
}
