/**
 * Named places at which a test ends the process, so that no kill hangs on a sleep. `plan` is a name such as
 * `after-call:merge`, or a name with the number of the time it is reached: `after-call:check-run#3`. `any#17` is the
 * seventeenth place of any name, which lets a test walk through all of them without knowing them. With `stop:` before
 * it the process is stopped there instead, until somebody lets it go on.
 * @param send SIGKILL must not return
 * @returns to be called at each place, with its name
 */
export function createCrashPoints(
  plan: string | undefined,
  send: (signal: 'SIGKILL' | 'SIGSTOP', at: string) => void,
): (at: string) => void {
  if (plan === undefined) return () => {};
  const [, stop, name = '', nth = '1'] = /^(stop:)?([^#]*)(?:#(\d+))?$/.exec(plan) ?? [];
  let left = Number(nth);
  return (at) => {
    if (name !== 'any' && at !== name) return;
    left -= 1;
    if (left === 0) send(stop ? 'SIGSTOP' : 'SIGKILL', at);
  };
}
