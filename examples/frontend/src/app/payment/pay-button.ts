import { Location } from '@angular/common';
import { Component, inject, input, signal } from '@angular/core';
import { Router } from '@angular/router';
import { wording } from '../connection/wording';
import { Checkout, type Payable } from './checkout';
import { MoneyPipe } from './money';

@Component({
  selector: 'pay-button',
  imports: [MoneyPipe],
  host: { '(window:pageshow)': 'busy.set(false)' },
  template: `
    <button class="main" type="button" [attr.aria-disabled]="busy()" (click)="pay()">
      {{ busy() ? 'Taking you to the checkout…' : label() }}
      @if (!busy()) {
        {{ payable().amount | money }}
      }
    </button>
    <p class="problem" role="alert">{{ problem() }}</p>
  `,
  styles: `
    :host {
      display: grid;
      gap: 0.75rem;
      justify-items: start;
    }
    button {
      font-size: 1.0625rem;
      min-height: 3.125rem;
    }
    @media (max-width: 30rem) {
      :host {
        justify-items: stretch;
      }
    }
  `,
})
export class PayButton {
  readonly payable = input.required<Payable>();
  /** The payment before this one, if any. */
  readonly previous = input<string | null>(null);
  readonly label = input('Pay');
  protected readonly busy = signal(false);
  protected readonly problem = signal('');
  private readonly checkout = inject(Checkout);
  private readonly location = inject(Location);
  private readonly router = inject(Router);

  protected async pay(): Promise<void> {
    if (this.busy()) return;
    this.busy.set(true);
    this.problem.set('');
    try {
      const opened = await this.checkout.open(this.payable(), this.previous());
      if (typeof opened === 'string') return this.fail(opened);
      const here = this.router.createUrlTree([], { queryParams: { payment: opened.id } });
      if (!opened.checkoutUrl) return void this.router.navigateByUrl(here); // Paid already, elsewhere.
      this.location.replaceState(here.toString()); // Where the browser's Back leads to.
      location.assign(opened.checkoutUrl);
    } catch (error) {
      this.fail(`${wording(error)} However often you try, you pay once.`);
    }
  }

  private fail(words: string): void {
    this.problem.set(words);
    this.busy.set(false);
  }
}
