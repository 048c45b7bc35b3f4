import { defineConfig } from '@graphql-hive/gateway';

const token = process.env.GATEWAY_TOKEN ?? 'a-gateway-token-for-the-example-alone';
const passedOn = ['x-request-id', 'traceparent', 'tracestate'];

/** The same gateway by Hive, which carries the subscription too: over server-sent events, to and from. */
export const gatewayConfig = defineConfig({
  supergraph: new URL('../supergraph.graphql', import.meta.url).pathname,
  host: '127.0.0.1',
  port: Number(process.env.HIVE_PORT ?? 4002),
  propagateHeaders: {
    fromClientToSubgraphs({ request, subgraphName }) {
      const headers: Record<string, string> = {};
      for (const name of passedOn) {
        const value = request.headers.get(name);
        if (value) headers[name] = value;
      }
      // Where your session is read and checked. The example takes whoever the caller says they are: never do that.
      const user = request.headers.get('x-demo-user');
      if (user) {
        headers['x-user-id'] = user;
        headers['x-user-roles'] = request.headers.get('x-demo-roles') ?? '';
      }
      if (subgraphName === 'payments') headers.authorization = `Bearer ${token}`;
      return headers;
    },
  },
});
