import { UserError } from '../../run/user-error.ts';
import type { Fault, InstallationAdmin, Person, RepositoryAdmin, RoleName } from '../github/public-types.ts';
import { firstIssue, type Step } from './steps.ts';

interface PullRequestOf {
  number: number;
  branch: string;
  head: string;
}

/** What the steps need of the world; the runner gives it. Every promise ends when the world has been told. */
export interface StepPorts {
  as(login: string): Person;
  /** The repository, and the app's installation on it, in the hands of their owner. */
  repository(): RepositoryAdmin;
  installation(): InstallationAdmin;
  /** The steps that follow are about it under that name. */
  rename(to: string): void;
  /** What was in it can still be looked at by expectations. */
  deleteRepository(): Promise<void>;
  dropWebhooks(how: 'fail' | 'forget' | 'none'): void;
  /** Makes another repository of the same owner, for issues to be transferred to. */
  otherRepository(name: string): Promise<{ owner: string; name: string }>;
  /** Number of the issue that steps call so. */
  issue(name: string): number;
  /** From now on steps call this issue so. */
  opened(name: string, number: number): void;
  defaultBranch: string;
  /** The pull request for the issue, once there is one. */
  pullRequest(issue: string): Promise<PullRequestOf | undefined>;
  /** The commit on which a merge queue tries this pull request now. */
  mergeQueueCommit(number: number): Promise<string | undefined>;
  /** Id of the newest comment that this person wrote. */
  lastCommentBy(login: string): Promise<number | undefined>;
  setRole(login: string, role: RoleName): void;
  /** Lets time pass, for the app and for GitHub. Resolves when both know. */
  advanceClock(ms: number): Promise<void>;
  /** Resolves when everything named is so; throws UserError, with what there was, after `timeout` seconds. */
  waitFor(condition: Omit<Extract<Step, { do: 'wait-for' }>, 'do'>): Promise<void>;
  /** Resolves when the app was killed at that point and is up again. The runner knows all points beforehand. */
  kill(at: string): Promise<void>;
  fault(fault: Fault): void;
}

/** All points at which the app will be killed, in order: the runner arms them before the first step. */
export function crashPointsOf(steps: readonly Step[]): string[] {
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

async function playStep(step: Step, ports: StepPorts): Promise<unknown> {
  const issue = () => ports.issue(('issue' in step && step.issue) || firstIssue);
  const pull = () => pullRequestFor(step, ports);
  switch (step.do) {
    case 'label':
      return ports.as(step.by).addLabel(issue(), step.name);
    case 'remove-label':
      return ports.as(step.by).removeLabel(issue(), step.name);
    case 'new-issue': {
      const { title, body, labels } = step;
      const { number } = await ports.as(step.by).createIssue({ title, body, labels });
      return ports.opened(step.as, number);
    }
    case 'edit-issue': {
      const { title, body } = step;
      return ports.as(step.by).editIssue(issue(), {
        ...(title !== undefined && { title }),
        ...(body !== undefined && { body }),
      });
    }
    case 'close-issue':
      return ports.as(step.by).closeIssue(issue(), step.reason);
    case 'reopen-issue':
      return ports.as(step.by).reopenIssue(issue());
    case 'delete-issue':
      return ports.as(step.by).deleteIssue(issue());
    case 'comment':
      return ports.as(step.by).comment(step.on === 'issue' ? issue() : (await pull()).number, step.body);
    case 'edit-comment': {
      const id = await ports.lastCommentBy(step.by);
      if (id === undefined) throw new UserError(`@${step.by} wrote no comment that could be edited.`);
      return ports.as(step.by).editComment(id, step.body);
    }
    case 'push': {
      const { branch = ports.defaultBranch, files, message, onto } = step;
      const target = branch === 'pull-request' ? (await pull()).branch : branch;
      return ports.as(step.by).push({ branch: target, files, message, ...(onto && { onto }) });
    }
    case 'fork-pull-request': {
      const { by, branch, title, body, files } = step;
      const input = { branch, title, files, message: title, ...(body !== undefined && { body }) };
      return ports.as(by).createPullRequestFromFork(input);
    }
    case 'delete-branch':
      return ports.as(step.by).deleteBranch((await pull()).branch);
    case 'merge-pull-request':
      return ports.as(step.by).mergePullRequest((await pull()).number);
    case 'close-pull-request':
      return ports.as(step.by).closePullRequest((await pull()).number);
    case 'review': {
      const { state, body, comments } = step;
      return ports.as(step.by).review((await pull()).number, {
        state: state === 'request-changes' ? 'request_changes' : state,
        ...(body !== undefined && { body }),
        ...(comments && { comments }),
      });
    }
    case 'check': {
      const { name, conclusion, app } = step;
      const sha =
        step.on === 'merge-queue' ? await groupOf((await pull()).number, ports) : (await pull()).head;
      return ports.repository().reportCheck({ sha, name, app, ...(conclusion && { conclusion }) });
    }
    case 'status':
      return ports.as(step.by).setStatus((await pull()).head, { context: step.name, state: step.state });
    case 'set-rules': {
      const { do: _, branch, requiredChecks, approvals, strict, mergeQueue, signatures, mergeMethods } = step;
      return ports.repository().setRules(branch, {
        ...(requiredChecks && { requiredChecks }),
        ...(approvals !== undefined && { approvals }),
        ...(strict !== undefined && { strict }),
        ...(mergeQueue !== undefined && { mergeQueue }),
        ...(signatures !== undefined && { signatures }),
        ...(mergeMethods && { mergeMethods }),
      });
    }
    case 'fault':
      for (const kind of step.kinds) ports.fault({ operation: step.operation, kind });
      return;
    case 'archive':
      return ports.repository().archive();
    case 'unarchive':
      return ports.repository().unarchive();
    case 'rename-repository':
      return ports.rename(step.to);
    case 'delete-repository':
      return ports.deleteRepository();
    case 'drop-webhooks':
      return ports.dropWebhooks(step.fate === 'arrive' ? 'none' : step.fate);
    case 'expire-tokens':
      return ports.installation().expireTokens();
    case 'transfer-issue':
      return ports.as(step.by).transferIssue(issue(), await ports.otherRepository(step.to));
    case 'suspend':
      return ports.installation().suspend();
    case 'unsuspend':
      return ports.installation().unsuspend();
    case 'uninstall':
      return ports.installation().uninstall();
    case 'set-role':
      return ports.setRole(step.login, step.role);
    case 'advance-clock':
      return ports.advanceClock((step.hours * 60 + step.minutes) * 60_000);
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

async function groupOf(number: number, ports: StepPorts): Promise<string> {
  const sha = await ports.mergeQueueCommit(number);
  if (sha !== undefined) return sha;
  throw new UserError(`The pull request #${number} is in no merge queue.`, {
    next: 'Put a wait-for step with a comment that says so before it.',
  });
}

async function pullRequestFor(step: Step, ports: StepPorts): Promise<PullRequestOf> {
  const pull = await ports.pullRequest(('issue' in step && step.issue) || firstIssue);
  if (pull) return pull;
  throw new UserError(`The step ${step.do} is about the pull request, but there is none yet.`, {
    next: 'Put a wait-for step with pullRequest: open before it.',
  });
}
