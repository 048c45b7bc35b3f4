import { type GraphQLDataSourceProcessOptions, RemoteGraphQLDataSource } from '@apollo/gateway';
import type { Caller } from './caller.js';
import { settings } from './settings.js';

/** Forwards what a user asks, in the name of that user. */
export class Forwarded extends RemoteGraphQLDataSource {
  override willSendRequest({ request, context }: GraphQLDataSourceProcessOptions): void {
    const { userId, roles, passedOn } = context as Partial<Caller>;
    if (userId) {
      request.http?.headers.set('x-user-id', userId);
      request.http?.headers.set('x-user-roles', roles ?? '');
    }
    for (const [name, value] of Object.entries(passedOn ?? {})) request.http?.headers.set(name, value);
  }
}

/** The payments service believes us about the user: by the gateway token, which without a user is nobody. */
export class ForwardedToPayments extends Forwarded {
  override willSendRequest(options: GraphQLDataSourceProcessOptions): void {
    super.willSendRequest(options);
    options.request.http?.headers.set('authorization', `Bearer ${settings.gatewayToken}`);
  }
}
