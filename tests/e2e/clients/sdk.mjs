// One call of the AWS SDK for JavaScript, as a workflow's own script would make it.
//
//   node sdk.mjs DIRECTORY < request.json
//
// The request is {service, operation, input, pageSize}, the answer on stdout {output} or {error}.
// Addresses, region and keys come from the environment, so that nothing but the SDK reads them.
// It is the twin of sdk.py.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// DIRECTORY has the node_modules, which an import would look for beside this file.
const require = createRequire(`${process.argv[2]}/`);
const { service, operation, input, pageSize } = JSON.parse(readFileSync(0, "utf8"));
const library = require(`@aws-sdk/client-${service}`);
const Client = { codeartifact: library.CodeartifactClient, sts: library.STSClient }[service];
const client = new Client({});

async function call() {
  if (pageSize === null) {
    const { $metadata, ...output } = await client.send(new library[`${operation}Command`](input));
    return output;
  }
  // The list that is paged is the output's only one.
  const listed = {};
  // Without a size of its own the paginator leaves it to the service.
  const config = pageSize === 0 ? { client } : { client, pageSize };
  for await (const page of library[`paginate${operation}`](config, input)) {
    for (const [name, rows] of Object.entries(page).filter(([, rows]) => Array.isArray(rows))) {
      listed[name] = [...(listed[name] ?? []), ...rows];
    }
  }
  return listed;
}

let answer;
try {
  answer = { output: await call() };
} catch (error) {
  // What is no answer of the service (a bug in here, say) is not told as one.
  if (!error.$metadata?.httpStatusCode) {
    throw error;
  }
  const { $metadata, $fault, $service, $response, name, message, Code, ...rest } = error;
  // Of the query protocol's errors the SDK keeps the envelope too.
  const { Type, Error: envelope, RequestId, xmlns, ...details } = rest;
  answer = { error: { name, code: Code ?? name, message, details } };
}
client.destroy();
process.stdout.write(`${JSON.stringify(answer)}\n`);
