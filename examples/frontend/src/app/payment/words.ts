import type {
  PaymentEventCause,
  PaymentEventKind,
  PaymentPartsFragment,
  PaymentStatus,
  RefundStatus,
} from '../../generated/graphql';

interface Words {
  title: string;
  sentence: string;
  tone: 'calm' | 'good' | 'bad' | 'plain';
}

export const STATUS: Record<PaymentStatus, Words> = {
  PENDING: { title: 'Waiting for your payment', sentence: 'The checkout is open.', tone: 'calm' },
  PROCESSING: { title: 'On its way', sentence: 'Your payment is being processed. This page follows it.', tone: 'calm' },
  SUCCEEDED: { title: 'Paid', sentence: 'Thank you. Your table is yours.', tone: 'good' },
  FAILED: { title: 'Not paid', sentence: 'The payment did not go through. Nothing was charged.', tone: 'bad' },
  CANCELED: { title: 'Canceled', sentence: 'This payment was canceled. Nothing was charged.', tone: 'plain' },
  REFUNDED: { title: 'Refunded', sentence: 'The whole amount went back.', tone: 'plain' },
};

const EXPIRED: Words = {
  title: 'Expired',
  sentence: 'The checkout was open too long. Nothing was charged.',
  tone: 'plain',
};

const OTHER_AMOUNT: Words = {
  title: 'Another amount came in',
  sentence: 'We have your money, and will contact you or send it back.',
  tone: 'bad',
};

export const REFUND_STATUS: Record<RefundStatus, string> = {
  PENDING: 'on its way',
  SUCCEEDED: 'sent back',
  FAILED: 'failed',
};

const STEP: Record<PaymentStatus, string> = {
  PENDING: 'Checkout opened',
  PROCESSING: 'Payment on its way',
  SUCCEEDED: 'Paid',
  FAILED: 'Payment failed',
  CANCELED: 'Canceled',
  REFUNDED: 'Refunded in full',
};

const KIND: Record<Exclude<PaymentEventKind, 'STATUS'>, string> = {
  DECLINE: 'An attempt was declined',
  REFUND: 'News of a refund',
  DISPUTE: 'Disputed at the bank',
  MISMATCH: 'Another amount came in',
};

export const CAUSE: Record<PaymentEventCause, string> = {
  CHECKOUT: 'by the payer',
  VERIFY: 'after asking the provider',
  CANCEL: 'by request',
  REFUND: 'by mesaYA',
  PROVIDER_WEBHOOK: 'told by the provider',
  RECONCILER: 'found when asking again',
  EXPIRY: 'its time ran out',
  EXTERNAL: 'by another service',
};

export function stepTitle({ kind, status }: { kind: PaymentEventKind; status: PaymentStatus }): string {
  return kind === 'STATUS' ? STEP[status] : KIND[kind];
}

/** Of a payment as it is, its odd ends included. */
export function wordsOf(payment: PaymentPartsFragment | null | undefined): Words | undefined {
  if (!payment) return undefined;
  const { status, cancellation, failure } = payment;
  if (status === 'CANCELED' && cancellation?.cause === 'EXPIRED') return EXPIRED;
  if (status === 'PROCESSING' && failure?.code === 'AMOUNT_MISMATCH') return OTHER_AMOUNT;
  return STATUS[status];
}
