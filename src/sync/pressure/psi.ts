// PURE: pressure stall information of the kernel: how much of the time tasks stood still for want of something.

export type Stall = {
  /** Per cent of the last 10 s in which at least one task stood still. */
  readonly some: number;
  /** The same, of all tasks at once; 0 where the kernel does not say. */
  readonly full: number;
};

/** Undefined for text of any other form: the kernel may be built without it, or it is switched off. */
export function parseStall(text: string): Stall | undefined {
  const percent = (kind: string): number | undefined => {
    const [, value] = new RegExp(`^${kind} avg10=(\\d+(?:\\.\\d+)?) `, 'm').exec(text) ?? [];
    return value === undefined ? undefined : Number(value);
  };
  const some = percent('some');
  return some === undefined ? undefined : { some, full: percent('full') ?? 0 };
}
