// The contract at openapi.json, shown by Swagger UI (vendor/README.md).

// A form to try begins empty, and what is left empty is not sent. Swagger UI would fill in examples, or make values up.
function emptied(contract) {
  for (const field of Object.values(contract.components.schemas.JobForm.properties)) {
    if (field.format === "binary") continue;
    field.default = field.type === "array" ? [] : "";
    delete field.examples;
    delete field.contentMediaType; // a text field, not a file
  }
  return contract;
}

window.reference = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  requestSnippetsEnabled: true,
  validatorUrl: null, // it is another's server
  plugins: [
    () => ({ statePlugins: { spec: { wrapActions: { updateJsonSpec: (update) => (spec) => update(emptied(spec)) } } } }),
  ],
});
