import 'reflect-metadata';
import { ApolloGatewayDriver, type ApolloGatewayDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import type { IncomingMessage } from 'node:http';
import { callerOf } from './caller.js';
import { compose } from './compose.js';
import { Forwarded, ForwardedToPayments } from './forward.js';
import { reachable } from './reachable.js';
import { serveReservations } from './reservations.js';
import { settings } from './settings.js';

@Module({
  imports: [
    GraphQLModule.forRoot<ApolloGatewayDriverConfig>({
      driver: ApolloGatewayDriver,
      server: {
        path: '/graphql',
        includeStacktraceInErrorResponses: false,
        context: ({ req }: { req: IncomingMessage }) => callerOf(req.headers),
      },
      gateway: {
        supergraphSdl: compose(),
        buildService: ({ name, url }) =>
          name === 'payments' ? new ForwardedToPayments({ url }) : new Forwarded({ url }),
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
