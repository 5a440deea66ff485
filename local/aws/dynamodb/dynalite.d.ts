/**
 * The parts of dynalite that are reused: request shapes, their checks with AWS's texts, and the expression parsers
 * that these call. Its storage, its actions and its evaluation of expressions are not.
 */
declare module 'dynalite/validations/index.js' {
  interface Limits {
    readonly options: { readonly maxItemSize: number };
  }

  /** Members of a request and their constraints; `Parsed` is what passing them makes. */
  export interface Validation<Parsed> {
    readonly types: Readonly<Record<string, unknown>>;
    /** A method, as each of dynalite's own is for one kind of request. */
    custom?(data: Parsed, limits: Limits): string | undefined;
  }

  const validations: {
    /** Drops unknown members (of `data` too) and converts types. Throws an error answer. */
    checkTypes<Parsed>(data: object, types: Validation<Parsed>['types']): Parsed;
    /** Checks constraints, then `custom`, which adds the parsed expressions to `data`. Throws an error answer. */
    checkValidations<Parsed>(
      data: Parsed,
      types: Validation<Parsed>['types'],
      custom: Validation<Parsed>['custom'],
      limits: Limits,
    ): void;
  };
  export default validations;
}

declare module 'dynalite/db/conditionParser.js' {
  const parser: {
    /** The parsed condition, or a text that says what is wrong with it. @throws for what is no condition */
    parse(text: string, options: { readonly context: { readonly isKeyCondition?: boolean } }): unknown;
  };
  export default parser;
}

declare module 'dynalite/validations/*.js' {
  import type { Validation } from 'dynalite/validations/index.js';
  const validation: Validation<never>;
  export default validation;
}
