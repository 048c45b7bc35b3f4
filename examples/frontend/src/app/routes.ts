import type { Routes } from '@angular/router';
import { ReservationPage } from './reservation/reservation-page';

export const routes: Routes = [
  { path: 'reservations/:id', component: ReservationPage },
  { path: '**', redirectTo: () => `/reservations/${crypto.randomUUID()}` },
];
