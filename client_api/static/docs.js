// Starts Swagger UI on the specification that the page names.
const target = /** @type {HTMLElement} */ (document.getElementById("swagger-ui"));

SwaggerUIBundle({
  url: target.dataset.specification,
  domNode: target,
  presets: [SwaggerUIBundle.presets.apis],
  docExpansion: "list",
  displayRequestDuration: true,
  validatorUrl: null,
});
