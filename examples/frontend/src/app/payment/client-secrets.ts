/** Given out once at checkout: shows its payment to a payer who comes back signed out. For this tab alone. */
export function keepClientSecret(paymentId: string, secret: string): void {
  sessionStorage.setItem(nameOf(paymentId), secret);
}

export function clientSecretOf(paymentId: string): string | null {
  return sessionStorage.getItem(nameOf(paymentId));
}

function nameOf(paymentId: string): string {
  return `client-secret:${paymentId}`;
}
