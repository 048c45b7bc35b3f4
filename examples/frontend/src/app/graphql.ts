import { inject } from '@angular/core';
import { ApolloClient, ApolloLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { HttpLink } from '@apollo/client/link/http';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import possible from '../generated/possible-types';
import { mergeHistory } from './payment/history';
import { Session } from './session/session';
import { SETTINGS } from './connection/settings';
import { Socket } from './connection/socket';

/** Queries and mutations over HTTP, subscriptions over the WebSocket; both show who calls. */
export function apolloOptions(): ApolloClient.Options {
  const session = inject(Session);
  const signed = new SetContextLink(async () => ({ headers: await session.headers() }));
  const http = new HttpLink({ uri: inject(SETTINGS).payments });
  return {
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(inject(Socket).client),
      signed.concat(http),
    ),
    cache: new InMemoryCache({
      possibleTypes: possible.possibleTypes,
      typePolicies: { Payment: { fields: { events: { keyArgs: false, merge: mergeHistory } } } },
    }),
  };
}
