// GraphQL Yoga's own pubsub, over graphql-ws, as Yoga's guide has it.
import { createServer } from "node:http";
import { useServer } from "graphql-ws/use/ws";
import { createPubSub, createSchema, createYoga } from "graphql-yoga";
import { WebSocketServer } from "ws";
import { listen, typeDefs, watched } from "./changes.mjs";
import { port } from "./payments.mjs";

const pubsub = createPubSub();
const yoga = createYoga({
  schema: createSchema({
    typeDefs,
    resolvers: {
      Subscription: {
        paymentStatusChanged: {
          subscribe: (_, { paymentId }) => watched(paymentId, (topic) => pubsub.subscribe(topic)),
        },
      },
    },
  }),
  graphiql: false,
  logging: false,
});
const server = createServer(yoga);
useServer(
  {
    execute: (args) => args.rootValue.execute(args),
    subscribe: (args) => args.rootValue.subscribe(args),
    onSubscribe: async (ctx, _id, params) => {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        ...ctx,
        req: ctx.extra.request,
        socket: ctx.extra.socket,
        params,
      });
      const args = {
        schema,
        operationName: params.operationName,
        document: parse(params.query),
        variableValues: params.variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      };
      const errors = validate(args.schema, args.document);
      return errors.length ? errors : args;
    },
  },
  new WebSocketServer({ server, path: yoga.graphqlEndpoint }),
);
await listen((topic, payload) => pubsub.publish(topic, payload));
server.listen(port, "127.0.0.1");
