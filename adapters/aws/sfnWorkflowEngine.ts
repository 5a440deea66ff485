import type { SFNClient } from '@aws-sdk/client-sfn';
import { SendTaskSuccessCommand, TaskDoesNotExist, TaskTimedOut } from '@aws-sdk/client-sfn';
import type { WorkflowEngine } from '../../core/approvalPorts.ts';

/**
 * Wakes executions of the approval workflow. What they are told is nothing: they look for themselves.
 *
 * @throws (wake) the SDK's error when Step Functions refused or did not answer; waking again does no harm
 */
export const createSfnWorkflowEngine = ({ client }: { readonly client: SFNClient }): WorkflowEngine => ({
  async wake(taskToken) {
    try {
      await client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
      return 'woken';
    } catch (error) {
      // It went on by itself, ended, or was woken before.
      if (error instanceof TaskTimedOut || error instanceof TaskDoesNotExist) return 'gone';
      throw error;
    }
  },
});
