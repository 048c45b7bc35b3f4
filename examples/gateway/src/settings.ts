/** Where everything is; all of it on this machine unless the environment says otherwise. */
export const settings = {
  port: Number(process.env.GATEWAY_PORT ?? 4000),
  reservationsPort: Number(process.env.RESERVATIONS_PORT ?? 4001),
  paymentsUrl: process.env.PAYMENTS_URL ?? `http://127.0.0.1:${process.env.PORT ?? 8003}/graphql`,
  gatewayToken: process.env.GATEWAY_TOKEN ?? 'a-token-for-the-example-alone',
  supergraph: new URL('../supergraph.graphql', import.meta.url),
  paymentsSchema: new URL('../../../schema/schema.graphql', import.meta.url),
};
