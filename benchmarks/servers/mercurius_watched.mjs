// Mercurius' own subscriptions, with its own pubsub in the process.
import Fastify from "fastify";
import mercurius from "mercurius";
import { listen, typeDefs, watched } from "./changes.mjs";
import { port } from "./payments.mjs";

const app = Fastify();
app.register(mercurius, {
  schema: typeDefs,
  jit: 1,
  subscription: true,
  resolvers: {
    Subscription: {
      paymentStatusChanged: {
        subscribe: (_, { paymentId }, { pubsub }) => watched(paymentId, (topic) => pubsub.subscribe(topic)),
      },
    },
  },
});
await app.ready();
await listen((topic, payload) => app.graphql.pubsub.publish({ topic, payload }));
await app.listen({ port, host: "127.0.0.1" });
