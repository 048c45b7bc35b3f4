import { CombinedGraphQLErrors } from '@apollo/client/errors';

const WORDS: Record<string, string> = {
  UNAUTHENTICATED: 'Sign in to see this.',
  FORBIDDEN: 'This is for the people of mesaYA.',
  NOT_FOUND: 'There is no such payment, or it is not yours.',
  BAD_USER_INPUT: 'This address leads nowhere. Begin with a new reservation.',
};

/** What went wrong with a request, for the one who made it. Refusals bring words of their own. */
export function wording(error: unknown): string {
  if (!CombinedGraphQLErrors.is(error)) return 'There was no answer. Check your connection, then try again.';
  return WORDS[codeOf(error) ?? ''] ?? 'Something went wrong on our side. Try again in a moment.';
}

/** The GraphQL error's code; undefined where it was the network. */
export function codeOf(error: unknown): string | undefined {
  return CombinedGraphQLErrors.is(error) ? String(error.errors[0]?.extensions?.['code'] ?? '') : undefined;
}
