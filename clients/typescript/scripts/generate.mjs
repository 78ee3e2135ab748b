// The contract as types: node scripts/generate.mjs OPENAPI.json TYPES.ts
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString, stringToAST } from "openapi-typescript";

const [contract, types] = process.argv.slice(2);
const [blob] = stringToAST("type T = Blob").map((node) => node.type);
const tree = await openapiTS(JSON.parse(await readFile(contract, "utf8")), {
  transform: (schema) => (schema.format === "binary" ? blob : undefined), // a file, not a text
});
await writeFile(types, `// Made from docs/openapi.json by npm run generate.\n\n${astToString(tree)}`);
