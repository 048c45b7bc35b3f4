import { Component, inject, output } from '@angular/core';
import { PEOPLE, Session, type Person } from './session';

@Component({
  selector: 'pay-person-switch',
  template: `
    <label for="person">Signed in as</label>
    <select id="person" (change)="choose($event)">
      @for (person of people; track person[0]) {
        <option [value]="person[0]" [selected]="person[0] === session.person()">{{ person[1] }}</option>
      }
    </select>
  `,
  styles: `
    :host {
      display: flex;
      min-width: 0;
      align-items: center;
      gap: 0.5rem;
    }
    label {
      color: var(--soft);
      font-size: 0.875rem;
      white-space: nowrap;
    }
    @media (max-width: 30rem) {
      select {
        padding-inline: 0.4rem;
        font-size: 0.9375rem;
      }
    }
    @media (max-width: 40rem) {
      label {
        position: absolute;
        clip-path: inset(50%);
        width: 1px;
        overflow: hidden;
      }
    }
  `,
})
export class PersonSwitch {
  readonly chosen = output<Person>();
  protected readonly session = inject(Session);
  protected readonly people = Object.entries(PEOPLE);

  protected choose(change: Event): void {
    this.chosen.emit((change.target as HTMLSelectElement).value as Person);
  }
}
