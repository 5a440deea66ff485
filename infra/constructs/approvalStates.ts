/**
 * The workflow that waits for people, in Amazon States Language with JSONata.
 *
 *     Look ── done? ── yes ──► Settled
 *      ▲        └ no ──► Await ── woken, or time is up ──┐
 *      └─────────────────────────────────────────────────┘
 *
 * `Look` has the function do what is due and say when to look again. `Await` hands it a token, which it keeps: whatever
 * happens to the grant sends the token back. Nothing is carried from one state to the next but ids and times.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
 */
export function approvalStates(functionArn: string) {
  /** For longer than a deployment or an outage takes; after that, an alarm and a redrive. */
  const Retry = [
    {
      ErrorEquals: ['States.ALL'],
      IntervalSeconds: 2,
      BackoffRate: 2,
      MaxDelaySeconds: 300,
      MaxAttempts: 60,
      JitterStrategy: 'FULL',
    },
  ];
  const grant = '{% $states.context.Execution.Input.grant %}';
  return {
    Comment: 'Waits until people have decided, or until time is up.',
    QueryLanguage: 'JSONata',
    StartAt: 'Look',
    States: {
      Look: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Arguments: { FunctionName: functionArn, Payload: { step: 'look', grant } },
        Output: '{% $states.result.Payload %}',
        TimeoutSeconds: 60,
        Retry,
        Next: 'Decided?',
      },
      'Decided?': {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input.done = true %}', Next: 'Settled' }],
        Default: 'Await',
      },
      Await: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: {
          FunctionName: functionArn,
          Payload: {
            step: 'wait',
            grant,
            token: '{% $states.context.Task.Token %}',
            wakeAt: '{% $states.input.wakeAt %}',
          },
        },
        TimeoutSeconds: '{% $states.input.seconds %}',
        // Time is up: that is what it waited for.
        Catch: [{ ErrorEquals: ['States.Timeout'], Output: {}, Next: 'Look' }],
        Retry: [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 0 }, ...Retry],
        Output: {},
        Next: 'Look',
      },
      Settled: { Type: 'Succeed', Comment: 'Nobody is asked any more.' },
    },
  } as const;
}
