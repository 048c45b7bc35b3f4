// GraphQL Yoga on Node's own HTTP server.
import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import { batched } from "./batched.mjs";
import { payments, port, typeDefs } from "./payments.mjs";

const yoga = createYoga({
  schema: createSchema({
    typeDefs,
    resolvers: {
      Query: {
        payment: (_, { id }, { load }) => load(id),
        payments: (_, given) => payments(given),
      },
    },
  }),
  context: () => ({ load: batched() }),
  graphiql: false,
  logging: false,
});
createServer(yoga).listen(port, "127.0.0.1");
