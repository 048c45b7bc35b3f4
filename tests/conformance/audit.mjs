// Runs every audit of the GraphQL over HTTP specification against a server: `node audit.mjs URL`, one JSON line an audit.
import { serverAudits } from 'graphql-http';

for (const audit of serverAudits({ url: process.argv[2] })) {
  const result = await audit.fn();
  console.log(JSON.stringify({ id: audit.id, name: audit.name, status: result.status, reason: result.reason }));
}
