import { Component, inject } from '@angular/core';
import { Router, RouterOutlet } from '@angular/router';
import { Apollo } from 'apollo-angular';
import { Online } from './connection/online';
import { Socket } from './connection/socket';
import { PersonSwitch } from './session/person-switch';
import { Session, type Person } from './session/session';

@Component({
  selector: 'pay-app',
  imports: [PersonSwitch, RouterOutlet],
  templateUrl: './app.html',
  styleUrl: './app.css',
})
export class App {
  private readonly apollo = inject(Apollo);
  private readonly session = inject(Session);
  private readonly socket = inject(Socket).client;
  private readonly router = inject(Router);
  protected readonly online = inject(Online).now;

  /** What one person saw is not shown to the next, nor told over their connection. */
  protected async become(person: Person): Promise<void> {
    await this.apollo.client.clearStore();
    this.socket.terminate();
    this.session.become(person);
  }

  protected reserve(): void {
    void this.router.navigate(['/reservations', crypto.randomUUID()]);
  }

  /** Not by its address: with <base> that would leave the reservation. */
  protected skip(click: Event, main: HTMLElement): void {
    click.preventDefault();
    main.focus();
  }
}
