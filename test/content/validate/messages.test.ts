// Each message, read aloud, tells a stranger where, what is wrong and what to do. They are contracts: people search for
// them, and tools show the first line.
import { expect, test } from 'vitest';
import { refuse } from '../../../src/content/content-error.ts';
import type { Rules } from '../../../src/content/validate/rules.ts';
import { validate } from '../../../src/content/validate/validate.ts';
import { folder, type Given } from '../files.ts';

const none: Rules = { skip: [], required: [], schemas: [] };

test.each<[file: string, content: Given, message: string]>([
  [
    'a.yaml',
    'port: 1\nname: x\nport: 2\n',
    'a.yaml:3:1: this key is in its mapping twice; keep one of the two',
  ],
  ['a.yml', 'a:\n\t- 1\n', 'a.yml:2:1: a tab indents this line; indent with spaces'],
  [
    'a.yaml',
    'a: 1\n  b: 2\n',
    "a.yaml:2:4: this line does not fit the indentation of the keys around it; move it, or quote a text that holds ': '",
  ],
  [
    'a.yaml',
    'a: [1, 2\nb: 3\n',
    'a.yaml:2:1: this line must stand further to the right than the line it belongs to; indent it, or close a quote or bracket that was opened before',
  ],
  [
    'a.yaml',
    'a: "x\n',
    'a.yaml:2:1: this line must stand further to the right than the line it belongs to; indent it, or close a quote or bracket that was opened before',
  ],
  [
    'a.yaml',
    'a: b: c\n',
    "a.yaml:1:5: this line does not fit the indentation of the keys around it; move it, or quote a text that holds ': '",
  ],
  [
    'a.yaml',
    'a: *secret\n',
    "a.yaml:1:5: an alias (*) has no anchor (&) of its name before it; add the anchor, or quote a text that begins with '*'",
  ],
  [
    'a.yaml',
    'a: &x\n  b: *x\n',
    'a.yaml:2:6: this alias (*) stands within its own anchor (&); write out what is meant',
  ],
  [
    'a.yaml',
    'key\nother: 1\n',
    "a.yaml:2:6: this belongs to nothing before it; look for a missing ':' or a wrong indentation above, or put --- before a new document",
  ],
  [
    'a.yaml',
    'a: "\\d"\n',
    'a.yaml:1:6: an unknown escape in double quotes; write \\\\ for a backslash, or use single quotes',
  ],
  [
    'a.yaml',
    'a: {{ .Values.name }}\nb: 1\n',
    'a.yaml:1:1: it cannot be read as YAML from here; compare indentation, quotes and brackets with the lines before. It looks like a template: leave such files out with spec.validate.skip',
  ],
  [
    'a.yaml',
    'a: {{ .Values.name }}-{{ .Values.x }}\n',
    "a.yaml:1:22: this line does not fit the indentation of the keys around it; move it, or quote a text that holds ': '. It looks like a template: leave such files out with spec.validate.skip",
  ],
  [
    'a.yaml',
    'a: !!int x\n',
    'a.yaml:1:4: this value does not fit the tag (!!) before it; correct the value or take the tag out',
  ],
  [
    'a.yaml',
    'a: \u0001\n',
    'a.yaml:1:4: it holds a control character, which YAML does not allow; remove it, or write it as an escape in double quotes',
  ],
  [
    'a.yaml',
    Buffer.from([0x61, 0x3a, 0x0a, 0x20, 0xff, 0x0a]),
    'a.yaml:2: its bytes are not UTF-8, nor UTF-16 with a byte order mark; save it as UTF-8, or leave it out with spec.validate.skip',
  ],
  [
    'a.yaml',
    Buffer.from([0xff, 0xfe, 0x61]),
    'a.yaml:1: its bytes are not the UTF-16LE that its first bytes announce; save it as UTF-8',
  ],
  [
    'a.yaml',
    `${'['.repeat(101)}${']'.repeat(101)}`,
    'a.yaml:1:100: it nests more than 100 levels deep; flatten it',
  ],
  ['a.json', '{"a": 1,\n "b": 2\n "c": 3}', 'a.json:3:2: a comma is expected between two entries; add it'],
  [
    'a.json',
    '{"a": 1,}',
    'a.json:1:9: a key in double quotes is expected; add it, or take out the comma before',
  ],
  [
    'a.json',
    '// c\n{}',
    'a.json:1:1: JSON has no comments; take it out, or leave the file out with spec.validate.skip if its program takes comments',
  ],
  [
    'a.json',
    "{'a': 1}",
    'a.json:1:2: this is no JSON value; quote a text with ", and write true, false and null in lower case',
  ],
  [
    'a.json',
    '{"a": True}',
    'a.json:1:7: this is no JSON value; quote a text with ", and write true, false and null in lower case',
  ],
  ['a.json', '{"a": 1, "a": 2}', 'a.json:1:10: this key is in its object twice; keep one of the two'],
  ['a.json', '{"a": [1', 'a.json:1:9: a [ is not closed; add the ]'],
  [
    'a.json',
    '{"a": "x\n"}',
    'a.json:1:7: a text does not end on its line; close it with ", and write a line end within it as \\n',
  ],
  ['a.json', '', 'a.json:1:1: it is empty; write {}, or the value that is meant'],
  [
    'a.json',
    '{} {}',
    'a.json:1:4: something follows the end of the value; a JSON file holds one value: take the rest out',
  ],
  [
    'a.jsonc',
    '{/* c */ "a": 1,}\n}',
    'a.jsonc:2:1: something follows the end of the value; a JSON file holds one value: take the rest out',
  ],
  ['a.toml', 'a = 1\na = 2\n', 'a.toml:2:1: this key or table is there twice; keep one of the two'],
  [
    'a.toml',
    'a = yes\n',
    'a.toml:1:5: this is no TOML value; quote a text, and write true and false in lower case',
  ],
  [
    'a.toml',
    'a = "x\n',
    'a.toml:1:7: a line end or another control character within a text; close its quote, use three quotes for a text over several lines, or write an escape',
  ],
  [
    'a.toml',
    'a b = 1\n',
    'a.toml:1:3: a key may hold letters, digits, - and _ only, or stand in quotes; quote it, or close its bracket',
  ],
  [
    'a.toml',
    '[a\n',
    'a.toml:1:3: a key may hold letters, digits, - and _ only, or stand in quotes; quote it, or close its bracket',
  ],
  ['a.ini', 'a = 1\n[section\n', 'a.ini:2:1: a section is not closed; write [name]'],
  ['a.ini', '= 1\n', "a.ini:1:1: a key is missing before '='; write it as key = value"],
  [
    'a.properties',
    'a=1\npath=C:\\users\n',
    'a.properties:2:8: a \\u needs four hex digits, and Java reads no line of the file without; write \\\\ for a backslash',
  ],
  ['a.properties', '= 1\n', 'a.properties:1:1: a key is missing before this sign; write it as key=value'],
  [
    'a.xml',
    '<a><b></a>',
    'a.xml:1:11: this closing tag does not close the last open tag; close that one first',
  ],
  ['a.xml', '<a>x & y</a>', "a.xml:1:6: a '&' begins no entity; write &amp; for &"],
  [
    'a.xml',
    '<a>&nbsp;</a>',
    'a.xml:1:10: an entity that XML does not know; write &amp; for &, or the character itself',
  ],
  ['a.xml', '<a b=c/>', 'a.xml:1:7: the value of an attribute needs quotes; write name="value"'],
  ['a.xml', '<a/><b/>', 'a.xml:1:8: it has a second outermost element; put one element around both'],
  [
    'a.xml',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    'a.xml:1:14: it declares entities (<!ENTITY), which can stand for other files or blow up; write out what they stand for, or leave the file out with spec.validate.skip',
  ],
  ['a.xml', '', 'a.xml:1:1: it has no element; an XML file holds exactly one outermost element'],
])('%s: %j', (file, content, message) => {
  expect(refuse(validate(folder({ [file]: content }), none)).message).toBe(message);
});
