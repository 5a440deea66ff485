/**
 * One worker thread that runs one function, one invocation at a time.
 */
import { Worker } from 'node:worker_threads';
import type { ClockAnchor } from '../../clock.ts';
import type { FunctionSpec } from '../deploy/deployment.ts';
import type { FunctionLog } from './log.ts';
import { failed } from './outcome.ts';
import type { FunctionError, Outcome } from './outcome.ts';

export interface Sandbox {
  /** Never rejects. One call at a time. */
  invoke(requestId: string, event: string): Promise<Outcome>;
  /** Resolves when the function is loaded, or when it is known that it can't be. */
  loaded(): Promise<void>;
  /** False once the worker has crashed, ended, or was stopped: it can't be used again. */
  isAlive(): boolean;
  stop(): Promise<void>;
}

type Message =
  | { readonly type: 'ready' }
  | { readonly type: 'initError'; readonly error: FunctionError }
  | { readonly type: 'result'; readonly id: string; readonly payload: string }
  | { readonly type: 'error'; readonly id: string; readonly error: FunctionError };

/** Lambda gives a bundle ten seconds to load, and a processor to itself. Here all functions load at once on a few. */
const INIT_TIMEOUT_MS = 60_000;

export function startSandbox(
  spec: FunctionSpec,
  environment: Readonly<Record<string, string>>,
  log: FunctionLog,
  /** What its `Date` goes by. @default real time */
  clock?: ClockAnchor,
): Sandbox {
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
    name: spec.name,
    workerData: { directory: spec.directory, handler: spec.handler, clock },
    env: { ...environment },
    argv: [],
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: spec.memoryMb },
  });
  log.follow(worker.stdout, 'stdout');
  log.follow(worker.stderr, 'stderr');

  let alive = true;
  let settleInit: (outcome: Outcome) => void = () => undefined;
  let settleInvocation: (outcome: Outcome) => void = () => undefined;
  const initialized = new Promise<Outcome>((resolve) => (settleInit = resolve));

  /** Whatever waits for the worker hears of its end; what it waited for has been settled before, or never will be. */
  const end = (outcome: Outcome): void => {
    alive = false;
    settleInit(outcome);
    settleInvocation(outcome);
  };
  worker.on('error', (error: unknown) => {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    end({ ok: false, error: { errorType: name, errorMessage: message, trace: (stack ?? '').split('\n') } });
  });
  worker.on('exit', (code) => {
    end(failed('Runtime.ExitError', `Runtime exited with code ${code}`));
  });
  worker.on('message', (message: Message) => {
    if (message.type === 'ready') settleInit({ ok: true, payload: 'null' });
    else if (message.type === 'initError') {
      end({ ok: false, error: message.error });
      void worker.terminate();
    } else if (message.type === 'result') settleInvocation({ ok: true, payload: message.payload });
    else settleInvocation({ ok: false, error: message.error });
  });

  const stop = async (): Promise<void> => {
    alive = false;
    await worker.terminate();
  };

  /** The outcome, or a time-out's after `milliseconds`; then the worker is stopped, whatever it was doing. */
  async function within(milliseconds: number, outcome: Promise<Outcome>, timedOut: Outcome): Promise<Outcome> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<Outcome>((resolve) => {
      timer = setTimeout(() => {
        end(timedOut);
        void worker.terminate();
        resolve(timedOut);
      }, milliseconds);
    });
    try {
      return await Promise.race([outcome, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  const ready = within(
    INIT_TIMEOUT_MS,
    initialized,
    failed('Sandbox.Timedout', `Init timed out after ${INIT_TIMEOUT_MS / 1000}.00 seconds`),
  );

  return {
    async invoke(requestId, event) {
      const init = await ready;
      if (!init.ok) return init;
      const timeoutMs = spec.timeoutSeconds * 1000;
      const answered = new Promise<Outcome>((resolve) => (settleInvocation = resolve));
      worker.postMessage({ id: requestId, event, timeoutMs, context: contextOf(spec) });
      const message = `${requestId} Task timed out after ${spec.timeoutSeconds.toFixed(2)} seconds`;
      return within(timeoutMs, answered, failed('Sandbox.Timedout', message));
    },
    async loaded() {
      await ready;
    },
    isAlive: () => alive,
    stop,
  };
}

/** The members of Lambda's context object that are plain data. */
function contextOf(spec: FunctionSpec): Readonly<Record<string, unknown>> {
  return {
    functionName: spec.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: spec.arn,
    memoryLimitInMB: String(spec.memoryMb),
    logGroupName: `/aws/lambda/${spec.name}`,
    logStreamName: 'local',
  };
}
