import 'reflect-metadata';
import { RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloGatewayDriver, type ApolloGatewayDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import type { IncomingMessage } from 'node:http';
import { compose } from './compose.js';
import { Payments, type User } from './forward.js';
import { reachable } from './reachable.js';
import { serveReservations } from './reservations.js';
import { settings } from './settings.js';

const PASSED_ON = ['x-request-id', 'traceparent', 'tracestate'];

/** Where your session is read and checked. The example takes whoever the caller says they are: never do that. */
function userOf(request: IncomingMessage): User {
  const { 'x-demo-user': id, 'x-demo-roles': roles } = request.headers;
  return { id: id?.toString(), roles: roles?.toString() };
}

function passedOn(request: IncomingMessage): Record<string, string> {
  const given = PASSED_ON.map((name) => [name, request.headers[name]?.toString() ?? ''] as const);
  return Object.fromEntries(given.filter(([, value]) => value));
}

@Module({
  imports: [
    GraphQLModule.forRoot<ApolloGatewayDriverConfig>({
      driver: ApolloGatewayDriver,
      server: {
        path: '/graphql',
        includeStacktraceInErrorResponses: false,
        context: ({ req }: { req: IncomingMessage }) => ({ user: userOf(req), passedOn: passedOn(req) }),
      },
      gateway: {
        supergraphSdl: compose(),
        buildService: ({ name, url }) =>
          name === 'payments' ? new Payments({ url }) : new RemoteGraphQLDataSource({ url }),
      },
    }),
  ],
})
class Gateway {}

await reachable(settings.paymentsUrl);
const reservations = await serveReservations();
const gateway = await NestFactory.create(Gateway, { logger: ['error', 'warn'] });
await gateway.listen(settings.port, '127.0.0.1');
console.log(`Reservations  ${reservations}\nGateway       http://127.0.0.1:${settings.port}/graphql`);
