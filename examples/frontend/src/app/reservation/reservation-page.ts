import { DatePipe } from '@angular/common';
import { Component, computed, effect, ElementRef, inject, input, untracked, viewChild } from '@angular/core';
import { rxResource } from '@angular/core/rxjs-interop';
import { Router, RouterLink } from '@angular/router';
import { Apollo, onlyCompleteData } from 'apollo-angular';
import { map, of, type Observable } from 'rxjs';
import { Online } from '../connection/online';
import { wording } from '../connection/wording';
import { MoneyPipe } from '../payment/money';
import { PayButton } from '../payment/pay-button';
import { PaymentCard } from '../payment/payment-card';
import { STATUS } from '../payment/words';
import { Session } from '../session/session';
import { PaymentsOfReservationDocument, type PaymentsOfReservationQuery } from '../../generated/graphql';
import { payableFor, RESERVATION } from './reservation';

type Listed = NonNullable<PaymentsOfReservationQuery['payments']>['nodes'];

@Component({
  selector: 'pay-reservation-page',
  imports: [DatePipe, MoneyPipe, PayButton, PaymentCard, RouterLink],
  templateUrl: './reservation-page.html',
  styleUrl: './reservation-page.css',
})
export class ReservationPage {
  /** Of the route, and of its query. */
  readonly id = input.required<string>();
  readonly payment = input<string>();
  readonly returned = input<string>();

  private readonly apollo = inject(Apollo);
  private readonly router = inject(Router);
  private readonly online = inject(Online).now;
  private readonly heading = viewChild.required<ElementRef<HTMLElement>>('heading');
  protected readonly session = inject(Session);
  protected readonly reservation = RESERVATION;
  protected readonly status = STATUS;
  protected readonly wording = wording;

  protected readonly reading = rxResource({
    params: () => ({ id: this.id(), person: this.session.person() }),
    stream: ({ params }) => (params.person === 'nobody' ? of([]) : this.listed(params.id)),
  });
  private readonly list = computed(() => (this.reading.hasValue() ? this.reading.value() : []));
  protected readonly payable = computed(() => payableFor(this.id()));
  protected readonly shown = computed(() => this.payment() ?? this.list()[0]?.id);
  protected readonly newest = computed(() => this.shown() === (this.list()[0]?.id ?? this.shown()));
  protected readonly others = computed(() => this.list().filter(({ id }) => id !== this.shown()));

  constructor() {
    effect(() => {
      if (this.online() && untracked(this.reading.error)) this.reading.reload();
    });
    let before: string | undefined;
    effect(() => {
      if (before && before !== this.id()) this.heading().nativeElement.focus();
      before = this.id();
    });
  }

  /** The payer has seen what came of it; a reload is no return. */
  protected welcomed(): void {
    const queryParams = { returned: null };
    void this.router.navigate([], { queryParams, queryParamsHandling: 'merge', replaceUrl: true });
  }

  private listed(reservationId: string): Observable<Listed> {
    const watched = this.apollo.watchQuery({
      query: PaymentsOfReservationDocument,
      variables: { reservationId },
      fetchPolicy: 'cache-and-network',
    });
    return watched.valueChanges.pipe(
      map((result) => {
        if (result.error) throw result.error;
        return result;
      }),
      onlyCompleteData(),
      map(({ data }) => data.payments?.nodes ?? []),
    );
  }
}
