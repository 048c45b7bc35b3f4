// Apollo Server with its own HTTP server, and a loader that batches what one request asks for.
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { batched } from "./batched.mjs";
import { payments, port, typeDefs } from "./payments.mjs";

const server = new ApolloServer({
  typeDefs,
  resolvers: {
    Query: {
      payment: (_, { id }, { load }) => load(id),
      payments: (_, given) => payments(given),
    },
  },
});
await startStandaloneServer(server, { listen: { port, host: "127.0.0.1" }, context: async () => ({ load: batched() }) });
