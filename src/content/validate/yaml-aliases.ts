// Aliases that blow up: a few lines of YAML can mean more values than there is memory for, or one that holds itself.
import { EVENT_ID, type Event } from 'js-yaml';

// What aliases may add to a document. A compose file with a block of fifty lines in a thousand places has half of it.
const maxAddedValues = 100_000;

type Frame = { readonly anchor: string | undefined; values: number };
type Size = { readonly values: number } | 'open';

/** Undefined when all is well. Linear in the events, whatever they mean. */
export function aliasProblem(
  text: string,
  events: readonly Event[],
): { readonly offset: number; readonly message: string } | undefined {
  const frames: Frame[] = [];
  const sizes = new Map<string, Size>();
  let added = 0;
  for (const event of events) {
    const frame = frames.at(-1);
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        sizes.clear();
        added = 0;
        frames.push({ anchor: undefined, values: 0 });
        break;
      case EVENT_ID.SCALAR: {
        const anchor = anchorOf(text, event);
        if (anchor !== undefined) sizes.set(anchor, { values: 1 });
        if (frame !== undefined) frame.values += 1;
        break;
      }
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING: {
        const anchor = anchorOf(text, event);
        if (anchor !== undefined) sizes.set(anchor, 'open');
        frames.push({ anchor, values: 1 });
        break;
      }
      case EVENT_ID.ALIAS: {
        const size = sizes.get(text.slice(event.anchorStart, event.anchorEnd));
        // One that is unknown is an error of its own, found later.
        if (size === undefined || frame === undefined) break;
        if (size === 'open') {
          return {
            offset: event.anchorStart - 1,
            message: 'this alias (*) stands within its own anchor (&); write out what is meant',
          };
        }
        frame.values += size.values;
        added += size.values;
        if (added > maxAddedValues) {
          return {
            offset: event.anchorStart - 1,
            message: `with this alias (*) aliases add more than ${maxAddedValues} values to the document; write out fewer copies`,
          };
        }
        break;
      }
      case EVENT_ID.POP: {
        const closed = frames.pop();
        const outer = frames.at(-1);
        if (closed?.anchor !== undefined) sizes.set(closed.anchor, { values: closed.values });
        if (closed !== undefined && outer !== undefined) outer.values += closed.values;
      }
    }
  }
  return undefined;
}

function anchorOf(text: string, event: { anchorStart: number; anchorEnd: number }): string | undefined {
  return event.anchorStart < 0 ? undefined : text.slice(event.anchorStart, event.anchorEnd);
}
