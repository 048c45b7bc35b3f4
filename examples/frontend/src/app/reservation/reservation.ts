import type { Payable } from '../payment/checkout';

/** Of the reservations service in reality; here every id is the same evening. */
export const RESERVATION = {
  restaurant: 'Casa Gangotena',
  table: 'By the window',
  guests: '4 guests',
  from: '2026-12-12T20:00:00',
  amount: { amount: '48.00', currency: 'USD' },
};

export function payableFor(reservationId: string): Payable {
  return { reservationId, amount: RESERVATION.amount, description: `${RESERVATION.restaurant}, ${RESERVATION.guests}` };
}
