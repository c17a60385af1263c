"use strict";
// Starts Swagger on the page /api/try; a file of its own, because no page runs inline scripts.
const place = document.getElementById("swagger");
window.ui = SwaggerUIBundle({
  url: place.dataset.url,
  domNode: place,
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  persistAuthorization: false,
  validatorUrl: null,
});
