// The contract at openapi.json, shown by Swagger UI (vendor/README.md).

// "Try it out" begins with empty fields, and empty fields are not sent. By default Swagger UI fills in examples.
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
  validatorUrl: null, // the default is a third party's server
  plugins: [
    () => ({ statePlugins: { spec: { wrapActions: { updateJsonSpec: (update) => (spec) => update(emptied(spec)) } } } }),
  ],
});
