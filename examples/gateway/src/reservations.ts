import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { settings } from './settings.js';

/** The service that owns reservations, as small as it can be. The payments service adds `payments` to its type. */
export const reservationsSdl = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])

  type Reservation @key(fields: "id") {
    id: ID!
    table: String!
    guests: Int!
  }

  type Query {
    reservation(id: ID!): Reservation
  }
`;

interface Reference {
  id: string;
}

const reserved = ({ id }: Reference) => ({ id, table: 'By the window', guests: 2 });

export async function serveReservations(): Promise<string> {
  const resolvers = {
    Query: { reservation: (_: unknown, reference: Reference) => reserved(reference) },
    Reservation: { __resolveReference: reserved },
  };
  const server = new ApolloServer({ schema: buildSubgraphSchema({ typeDefs: parse(reservationsSdl), resolvers }) });
  const { url } = await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: settings.reservationsPort } });
  return url;
}
