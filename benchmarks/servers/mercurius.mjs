// Mercurius with its just-in-time compiler.
import Fastify from "fastify";
import mercurius from "mercurius";
import { batched } from "./batched.mjs";
import { payments, port, typeDefs } from "./payments.mjs";

const app = Fastify();
app.register(mercurius, {
  schema: typeDefs,
  jit: 1,
  context: () => ({ load: batched() }),
  resolvers: {
    Query: {
      payment: (_, { id }, { load }) => load(id),
      payments: (_, given) => payments(given),
    },
  },
});
await app.listen({ port, host: "127.0.0.1" });
