import { VerifyError } from '../verifyError.ts';

/**
 * The answer to a request that was refused, as a `Response` of the fetch standard.
 *
 * @throws the error itself, if it is no refusal but a defect
 */
export function answerTo(error: unknown): Response {
  if (!(error instanceof VerifyError)) throw error;
  return Response.json(error.body, { status: error.status, headers: { ...error.headers } });
}

/** What an operation asks for, or how to find that out from the request. The gateway's context belongs here too. */
export type Asks<Request, Context> = Context | ((request: Request) => Context);

export function askedFor<Request, Context extends object>(
  asks: Asks<Request, Context> | undefined,
  request: Request,
): Context | undefined {
  return typeof asks === 'function' ? asks(request) : asks;
}
