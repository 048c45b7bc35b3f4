import { DatePipe } from '@angular/common';
import {
  Component,
  computed,
  effect,
  ElementRef,
  inject,
  input,
  linkedSignal,
  output,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { rxResource } from '@angular/core/rxjs-interop';
import { Online } from '../connection/online';
import { Socket } from '../connection/socket';
import { wording } from '../connection/wording';
import { Session } from '../session/session';
import { Cancel } from './cancel';
import type { Payable } from './checkout';
import { MoneyPipe } from './money';
import { PayButton } from './pay-button';
import { PaymentHistory } from './payment-history';
import { PaymentReader, type PaymentWithHistory } from './payment-reader';
import { RefundDialog } from './refund-dialog';
import { Verify } from './verify';
import { REFUND_STATUS, wordsOf } from './words';

@Component({
  selector: 'pay-payment-card',
  imports: [DatePipe, MoneyPipe, PayButton, PaymentHistory, RefundDialog],
  templateUrl: './payment-card.html',
  styleUrl: './payment-card.css',
})
export class PaymentCard {
  readonly paymentId = input.required<string>();
  readonly payable = input.required<Payable>();
  /** Whether it is the reservation's newest: only then another may follow. */
  readonly newest = input.required<boolean>();
  /** Set for a payer who comes back from the checkout page; announced by `welcomed` once they are shown the payment. */
  readonly returned = input<string>();
  readonly welcomed = output();

  private readonly reader = inject(PaymentReader);
  private readonly canceling = inject(Cancel);
  private readonly verify = inject(Verify);
  private readonly session = inject(Session);
  private readonly title = viewChild<ElementRef<HTMLElement>>('title');
  protected readonly online = inject(Online).now;
  protected readonly live = inject(Socket).connected;
  protected readonly refundStatus = REFUND_STATUS;
  protected readonly wording = wording;
  protected readonly busy = signal(false);
  protected readonly problem = linkedSignal({ source: this.paymentId, computation: () => '' });

  protected readonly reading = rxResource({
    params: () => ({ id: this.paymentId(), person: this.session.person() }),
    stream: ({ params }) => this.reader.follow(params.id),
  });
  protected readonly payment = computed(() => (this.reading.hasValue() ? this.reading.value() : undefined));
  protected readonly words = computed(() => wordsOf(this.payment()));
  protected readonly operates = computed(() => this.session.person() === 'admin');
  protected readonly mayCancel = computed(() => this.allows('CANCEL'));
  protected readonly mayPayAgain = computed(
    () => this.newest() && this.session.person() !== 'nobody' && /FAILED|CANCELED/.test(this.payment()?.status ?? ''),
  );

  constructor() {
    effect(() => {
      if (this.returned() && this.payment() && this.title()) untracked(() => this.welcome());
    });
    effect(() => {
      if (this.online() && untracked(this.reading.error)) this.reading.reload();
    });
  }

  protected async cancel(): Promise<void> {
    if (this.busy()) return;
    this.busy.set(true);
    this.problem.set('');
    try {
      this.problem.set(await this.canceling.payment(this.paymentId()));
      this.focus();
    } catch (error) {
      this.problem.set(wording(error));
    } finally {
      this.busy.set(false);
    }
  }

  protected focus(): void {
    this.title()?.nativeElement.focus();
  }

  private welcome(): void {
    if (this.returned() === 'paid') this.verify.payment(this.paymentId());
    this.focus();
    this.welcomed.emit();
  }

  private allows(action: PaymentWithHistory['actions'][number]): boolean {
    return this.payment()?.actions.includes(action) ?? false;
  }
}
