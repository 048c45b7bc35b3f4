/** Where everything is; all of it on this machine unless the environment says otherwise. */
export const settings = {
  port: Number(process.env.GATEWAY_PORT ?? 4000),
  reservationsPort: Number(process.env.RESERVATIONS_PORT ?? 4001),
  paymentsUrl: process.env.PAYMENTS_URL ?? `http://127.0.0.1:${process.env.PORT ?? 8003}/graphql`,
  /** One of the payments service's GATEWAY_TOKENS: for what a user asks. */
  gatewayToken: process.env.GATEWAY_TOKEN ?? 'a-gateway-token-for-the-example-alone',
  /** One of its SERVICE_TOKENS: for what we ask ourselves. */
  serviceToken: process.env.SERVICE_TOKEN ?? 'a-service-token-for-the-example-alone',
  supergraph: new URL('../supergraph.graphql', import.meta.url),
  paymentsSchema: new URL('../../../schema/schema.graphql', import.meta.url),
};
