/** How an invocation ended. */
export type Outcome =
  | {
      readonly ok: true;
      /** JSON text. */
      readonly payload: string;
    }
  | { readonly ok: false; readonly error: FunctionError };

/** An error in Lambda's own form. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export const failed = (errorType: string, errorMessage: string): Outcome => ({
  ok: false,
  error: { errorType, errorMessage },
});
