import { Component, computed, ElementRef, inject, input, output, signal, viewChild } from '@angular/core';
import { wording } from '../connection/wording';
import { left, MoneyPipe } from './money';
import type { PaymentWithHistory } from './payment-reader';
import { Refund } from './refund';

const AMOUNT = /^\d+(\.\d+)?$/;

@Component({
  selector: 'pay-refund-dialog',
  imports: [MoneyPipe],
  templateUrl: './refund-dialog.html',
  styleUrl: './refund-dialog.css',
})
export class RefundDialog {
  readonly payment = input.required<PaymentWithHistory>();
  readonly refunded = output();
  protected readonly busy = signal(false);
  protected readonly problem = signal('');
  protected readonly possible = computed(() => this.payment().actions.includes('REFUND'));
  protected readonly refundable = computed(() => {
    const { amount, amountRefunded } = this.payment();
    return { amount: left(amount, amountRefunded), currency: amount.currency };
  });
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');
  private readonly form = viewChild.required<ElementRef<HTMLFormElement>>('form');
  private readonly refund = inject(Refund);

  protected open(): void {
    this.problem.set('');
    this.form().nativeElement.reset();
    this.dialog().nativeElement.showModal();
  }

  protected close(): void {
    this.dialog().nativeElement.close();
  }

  protected async send(submit: Event, amount: string, reason: string): Promise<void> {
    submit.preventDefault();
    if (this.busy()) return;
    if (!AMOUNT.test(amount.trim())) return this.problem.set('Write an amount like 12.50.');
    this.busy.set(true);
    this.problem.set('');
    try {
      const refusal = await this.refund.payment(this.payment(), amount.trim(), reason.trim());
      if (refusal) return this.problem.set(refusal);
      this.close();
      this.refunded.emit();
    } catch (error) {
      this.problem.set(`${wording(error)} However often you try, it is refunded once.`);
    } finally {
      this.busy.set(false);
    }
  }
}
