import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { composeServices } from '@apollo/composition';
import { composeServices as composeByHive } from '@theguild/federation-composition';
import { type DocumentNode, type FieldDefinitionNode, Kind, parse, visit } from 'graphql';
import { reservationsSdl } from './reservations.js';
import { settings } from './settings.js';

const INACCESSIBLE = { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: 'federation__inaccessible' } } as const;

/** Users do not check out at a price of their own: `payReservation` does, at the reservation's. */
function withoutCheckout(schema: DocumentNode): DocumentNode {
  return visit(schema, {
    FieldDefinition: (field): FieldDefinitionNode | undefined =>
      field.name.value === 'checkout' ? { ...field, directives: [INACCESSIBLE] } : undefined,
  });
}

const asPrinted = (): DocumentNode => parse(readFileSync(settings.paymentsSchema, 'utf8'));

const services = (payments: DocumentNode) => [
  {
    name: 'payments',
    url: settings.paymentsUrl,
    typeDefs: payments,
  },
  { name: 'reservations', url: `http://127.0.0.1:${settings.reservationsPort}/`, typeDefs: parse(reservationsSdl) },
];

/** The supergraph of both services, by Apollo's composition. */
export function compose(payments = withoutCheckout(asPrinted())): string {
  const { supergraphSdl, errors, hints } = composeServices(services(payments));
  for (const { message } of [...(errors ?? []), ...(hints ?? [])]) console.error(`apollo: ${message}`);
  if (!supergraphSdl || hints?.length) throw new Error('The services do not compose without hints');
  return supergraphSdl;
}

/** Hive's composition has to take the same services. */
export function composesByHive(payments: DocumentNode): void {
  const { supergraphSdl, errors } = composeByHive(services(payments));
  for (const { message } of errors ?? []) console.error(`hive: ${message}`);
  if (!supergraphSdl) throw new Error('The services do not compose by Hive');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const payments of [asPrinted(), withoutCheckout(asPrinted())]) {
    composesByHive(payments);
    compose(payments);
  }
  writeFileSync(settings.supergraph, compose());
  console.log(`composed by Apollo and by Hive: ${fileURLToPath(settings.supergraph)}`);
}
