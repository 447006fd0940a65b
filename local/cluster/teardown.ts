// What has to be taken away at the end, in the reverse order of its making.

export type Teardown = {
  /** Say it before the thing is made: taking away what is not there is no error. */
  add(what: string, remove: () => Promise<void>): void;
  /** Goes on after a failure; the result says what could not be removed and why. */
  run(): Promise<string[]>;
};

export function createTeardown(): Teardown {
  const steps: { what: string; remove: () => Promise<void> }[] = [];
  return {
    add(what, remove) {
      steps.push({ what, remove });
    },
    async run() {
      const problems: string[] = [];
      for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
        try {
          await step.remove();
        } catch (error) {
          problems.push(`${step.what}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      return problems;
    },
  };
}
