import { DatePipe } from '@angular/common';
import { Component, input } from '@angular/core';
import type { Edge } from './history';
import { CAUSE, stepTitle } from './words';

@Component({
  selector: 'pay-payment-history',
  imports: [DatePipe],
  template: `
    <h3 id="history">History</h3>
    <ol aria-labelledby="history">
      @for (edge of edges(); track edge.node.sequence) {
        <li>
          <span class="title">{{ title(edge.node) }}</span>
          <time class="soft" [attr.datetime]="edge.node.occurredAt">{{
            edge.node.occurredAt | date: 'd MMM, HH:mm:ss'
          }}</time>
          <span class="soft cause"
            >{{ cause[edge.node.cause] }}{{ detailed() && edge.node.detail ? ': ' + edge.node.detail : '' }}</span
          >
        </li>
      }
    </ol>
  `,
  styles: `
    ol {
      margin-top: 0.75rem;
    }
    li {
      position: relative;
      display: grid;
      grid-template-columns: 1fr auto;
      gap: 0 1rem;
      padding: 0 0 1rem 1.75rem;
    }
    li::before {
      content: '';
      position: absolute;
      left: 0.2rem;
      top: 0.45rem;
      width: 0.7rem;
      height: 0.7rem;
      border-radius: 50%;
      border: 2px solid var(--accent);
      background: var(--paper);
    }
    li:last-child::before {
      background: var(--accent);
    }
    li:not(:last-child)::after {
      content: '';
      position: absolute;
      left: 0.5rem;
      top: 1.3rem;
      bottom: -0.3rem;
      width: 2px;
      background: var(--line);
    }
    li:last-child {
      padding-bottom: 0;
    }
    @media (max-width: 30rem) {
      li {
        grid-template-columns: 1fr;
      }
      time {
        order: 1;
      }
    }
    .title {
      font-weight: 600;
    }
    time {
      font-size: 0.875rem;
      font-variant-numeric: tabular-nums;
    }
    .cause {
      grid-column: 1 / -1;
      font-size: 0.875rem;
      overflow-wrap: anywhere;
    }
  `,
})
export class PaymentHistory {
  readonly edges = input.required<readonly Edge[]>();
  /** With what operators are told besides. */
  readonly detailed = input(false);
  protected readonly title = stepTitle;
  protected readonly cause = CAUSE;
}
