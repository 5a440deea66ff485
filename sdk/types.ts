import type * as z from 'zod';
import type { ROUTES } from '../contract/routes.ts';

/** What each call takes and gives, read off the contract's table: nothing is written twice. */

type Routes = typeof ROUTES;

/**
 * The routes whose answers the contract describes (all but the OpenAPI document itself). Those of the authorization
 * server take forms and answer as OAuth has it: `sdk/oauth` calls them.
 */
export type CallId = {
  [Id in keyof Routes]: keyof Routes[Id]['success'] extends never
    ? never
    : Routes[Id] extends { oauth: true }
      ? never
      : Id;
}[keyof Routes];

type PathOf<Id extends CallId> = Routes[Id] extends { pathParameters: infer Schema extends z.ZodType }
  ? { readonly path: z.input<Schema> }
  : { readonly path?: never };

type BodyOf<Id extends CallId> = Routes[Id] extends { body: infer Schema extends z.ZodType }
  ? { readonly body: z.input<Schema> }
  : { readonly body?: never };

type KeyOf<Id extends CallId> = Routes[Id] extends { idempotent: true }
  ? { readonly idempotencyKey?: string }
  : { readonly idempotencyKey?: never };

/** `query` is as on the wire: strings. */
export type CallInput<Id extends CallId> = PathOf<Id> &
  BodyOf<Id> &
  KeyOf<Id> & { readonly query?: z.input<Routes[Id]['query']> };

type Success<Id extends CallId> = Routes[Id]['success'];

type BodyAt<Schemas, Status extends keyof Schemas> = Schemas[Status] extends z.ZodType
  ? z.output<Schemas[Status]>
  : never;

/** Told apart by `status` where a route has two ways to succeed. */
export type CallOutput<Id extends CallId> = {
  [Status in keyof Success<Id>]: { readonly status: Status; readonly body: BodyAt<Success<Id>, Status> };
}[keyof Success<Id>];
