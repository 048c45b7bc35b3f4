import type { IncomingMessage } from 'node:http';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { GraphQLError, parse } from 'graphql';
import { passedOn } from './caller.js';
import { checkOut, isPaid } from './payments.js';
import { settings } from './settings.js';

/** The service that owns reservations, as small as it can be. The payments service adds `payments` to its type. */
export const reservationsSdl = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])

  type Reservation @key(fields: "id") {
    id: ID!
    table: String!
    guests: Int!
    "In USD."
    price: String!
    "Whoever paid."
    paid: Boolean!
  }

  type Payment @key(fields: "id", resolvable: false) {
    id: ID!
  }

  type Query {
    reservation(id: ID!): Reservation
  }

  type Mutation {
    "Opens a checkout of the reservation's price, or answers with the one that is open."
    payReservation(id: ID!): Payment
  }
`;

interface Reference {
  id: string;
}
interface Context {
  userId?: string;
  passedOn: Record<string, string>;
}

const reserved = ({ id }: Reference) => ({ id, table: 'By the window', guests: 2, price: '25.00' });

function pay(reference: Reference, { userId, passedOn }: Context): Promise<Reference> {
  if (!userId) throw new GraphQLError('Sign in to pay', { extensions: { code: 'UNAUTHENTICATED' } });
  const { id, price } = reserved(reference);
  return checkOut({ reservationId: id, userId, amount: { amount: price, currency: 'USD' } }, passedOn);
}

const resolvers = {
  Query: { reservation: (_: unknown, reference: Reference) => reserved(reference) },
  Mutation: {
    payReservation: (_: unknown, reference: Reference, context: unknown) => pay(reference, context as Context),
  },
  Reservation: {
    __resolveReference: reserved,
    paid: ({ id }: Reference, _: unknown, context: unknown) => isPaid(id, (context as Context).passedOn),
  },
};

/** Nobody but the gateway reaches it, so that it believes what the gateway says of its user. */
export async function serveReservations(): Promise<string> {
  const schema = buildSubgraphSchema({ typeDefs: parse(reservationsSdl), resolvers });
  const server = new ApolloServer<Context>({ schema, includeStacktraceInErrorResponses: false });
  const { url } = await startStandaloneServer(server, {
    listen: { host: '127.0.0.1', port: settings.reservationsPort },
    context: async ({ req }: { req: IncomingMessage }) => ({
      userId: req.headers['x-user-id']?.toString(),
      passedOn: passedOn(req.headers),
    }),
  });
  return url;
}
