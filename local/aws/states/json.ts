/** Plain JSON, as it goes from state to state. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The most that a state takes in or gives out, in bytes of JSON text. */
export const MAX_DATA_BYTES = 262_144;

export const isTooLarge = (value: Json): boolean => Buffer.byteLength(JSON.stringify(value)) > MAX_DATA_BYTES;
