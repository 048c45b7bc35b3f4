import { type GraphQLDataSourceProcessOptions, RemoteGraphQLDataSource } from '@apollo/gateway';
import { settings } from './settings.js';

export interface User {
  id?: string;
  roles?: string;
}

/** Forwards to the payments service with the gateway's own token, in the name of the user it has checked. */
export class Payments extends RemoteGraphQLDataSource {
  override willSendRequest({ request, context }: GraphQLDataSourceProcessOptions): void {
    const { user, passedOn } = context as { user?: User; passedOn?: Record<string, string> };
    request.http?.headers.set('authorization', `Bearer ${settings.gatewayToken}`);
    if (user?.id) {
      request.http?.headers.set('x-user-id', user.id);
      request.http?.headers.set('x-user-roles', user.roles ?? '');
    }
    for (const [name, value] of Object.entries(passedOn ?? {})) request.http?.headers.set(name, value);
  }
}
