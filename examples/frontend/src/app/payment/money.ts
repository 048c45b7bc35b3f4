import { Pipe, type PipeTransform } from '@angular/core';

export interface Money {
  amount: string;
  currency: string;
}

/** From the decimal as it came: it never becomes a float. */
@Pipe({ name: 'money' })
export class MoneyPipe implements PipeTransform {
  transform({ amount, currency }: Money): string {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).format(amount as `${number}`);
  }
}

/** What is left of an amount, exactly. Both have the decimals of their currency, as amounts of the service do. */
export function left(whole: Money, gone: Money): string {
  const decimals = whole.amount.split('.')[1]?.length ?? 0;
  const [of, off] = [whole, gone].map(({ amount }) => BigInt(amount.replace('.', '')));
  const digits = ((of ?? 0n) - (off ?? 0n)).toString().padStart(decimals + 1, '0');
  return decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits;
}
