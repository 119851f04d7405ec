import { UserError } from '../../run/user-error.ts';
import type { FileChanges } from '../github/public-types.ts';
import type { CrashPoint, Step } from './format.ts';

/** What the steps need of the world; the runner gives it. Every promise ends when the world has been told. */
export interface StepPorts {
  as(login: string): {
    addLabel(number: number, label: string): Promise<void>;
    comment(number: number, body: string): Promise<unknown>;
    editIssue(number: number, change: { title?: string; body?: string }): Promise<void>;
    push(input: { branch: string; files: FileChanges; message: string }): Promise<unknown>;
  };
  issue: number;
  defaultBranch: string;
  /** The number of the pull request, once there is one. */
  pullRequest(): Promise<number | undefined>;
  /** Resolves when everything named is so; throws UserError, with what there was, after `timeout` seconds. */
  waitFor(condition: Omit<Extract<Step, { do: 'wait-for' }>, 'do'>): Promise<void>;
  /** Resolves when the app was killed at that point and is up again. The runner knows all points beforehand. */
  kill(at: CrashPoint): Promise<void>;
}

/** All points at which the app will be killed, in order: the runner arms them before the first step. */
export function crashPointsOf(steps: readonly Step[]): CrashPoint[] {
  return steps.flatMap((step) => (step.do === 'kill' ? [step.at] : []));
}

/** Plays what people and the world do, one after the other. Throws what a port throws. */
export async function playSteps(
  steps: readonly Step[],
  ports: StepPorts,
  onStep: (step: Step, index: number) => void = () => {},
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    onStep(step, index);
    await playStep(step, ports);
  }
}

async function playStep(step: Step, ports: StepPorts): Promise<void> {
  switch (step.do) {
    case 'label':
      return ports.as(step.by).addLabel(ports.issue, step.name);
    case 'comment': {
      const target = step.on === 'issue' ? ports.issue : await ports.pullRequest();
      if (target === undefined) {
        throw new UserError('A step comments on the pull request, but there is none yet.', {
          next: 'Put a wait-for step with pullRequest: open before it.',
        });
      }
      await ports.as(step.by).comment(target, step.body);
      return;
    }
    case 'edit-issue': {
      const { title, body } = step;
      return ports.as(step.by).editIssue(ports.issue, {
        ...(title !== undefined && { title }),
        ...(body !== undefined && { body }),
      });
    }
    case 'push': {
      const { branch = ports.defaultBranch, files, message } = step;
      await ports.as(step.by).push({ branch, files, message });
      return;
    }
    case 'wait-for': {
      const { do: _, ...condition } = step;
      return ports.waitFor(condition);
    }
    case 'kill':
      return ports.kill(step.at);
    default:
      return step satisfies never;
  }
}
