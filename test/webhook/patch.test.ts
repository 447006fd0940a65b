// Patches: few operations, and never one that does not do what it is meant to do.
import fc from 'fast-check';
import { apply_patch } from 'jsonpatch';
import { describe, expect, it } from 'vitest';
import { createPatch, provePatch } from '../../src/webhook/patch.ts';

describe('createPatch', () => {
  it.each<[string, unknown, unknown, unknown[]]>([
    ['nothing for equal objects', { a: [1] }, { a: [1] }, []],
    ['a whole map where there was none', {}, { a: { b: 1 } }, [{ op: 'add', path: '/a', value: { b: 1 } }]],
    ['one key of a map', { a: { x: 1 } }, { a: { x: 1, b: 2 } }, [{ op: 'add', path: '/a/b', value: 2 }]],
    [
      'keys with slashes and tildes',
      { a: {} },
      { a: { 'x/~y': 1 } },
      [{ op: 'add', path: '/a/x~1~0y', value: 1 }],
    ],
    ['the end of an array', { a: [1] }, { a: [1, 2] }, [{ op: 'add', path: '/a/-', value: 2 }]],
    ['an element', { a: [{ b: 1 }] }, { a: [{ b: 2 }] }, [{ op: 'replace', path: '/a/0/b', value: 2 }]],
    ['a null parent', { a: null }, { a: { b: 1 } }, [{ op: 'replace', path: '/a', value: { b: 1 } }]],
    ['a key that goes', { a: 1, b: 2 }, { b: 2 }, [{ op: 'remove', path: '/a' }]],
    ['a shorter array', { a: [1, 2] }, { a: [2] }, [{ op: 'replace', path: '/a', value: [2] }]],
  ])('%s', (_, before, after, operations) => {
    expect(createPatch(before, after)).toStrictEqual({ kind: 'ok', operations });
  });

  it('turns any JSON object into any other', () => {
    const object = fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 });
    fc.assert(
      fc.property(object, object, (one, other) => {
        const before: unknown = JSON.parse(JSON.stringify(one));
        const after: unknown = JSON.parse(JSON.stringify(other));
        const patch = createPatch(before, after);
        // Keys such as __proto__ cannot be written by a patch; what matters is that it is noticed.
        if (patch.kind === 'ok') expect(apply_patch(before, [...patch.operations])).toStrictEqual(after);
        else expect(JSON.stringify(one) + JSON.stringify(other)).toContain('__proto__');
      }),
      { numRuns: 500 },
    );
  });
});

describe('provePatch', () => {
  it('notices a patch that cannot be applied', () => {
    const operations = [{ op: 'add', path: '/metadata/annotations/a', value: '1' }] as const;
    const after = { metadata: { annotations: { a: '1' } } };
    expect(provePatch({ metadata: {} }, after, operations)).toStrictEqual({
      kind: 'mismatch',
      why: 'Path not found in document',
    });
  });

  it('notices a patch that gives another object', () => {
    expect(provePatch({ a: 1 }, { a: 2 }, [{ op: 'replace', path: '/a', value: 3 }]).kind).toBe('mismatch');
    expect(provePatch({ a: 1 }, { a: 2 }, []).kind).toBe('mismatch');
  });
});
