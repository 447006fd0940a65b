// What objects at hand hold.
import { MissingObject, type Objects } from './partial/objects.ts';
import { ProtocolError } from './partial/protocol-error.ts';
import { parseTree, type TreeEntry } from './tree.ts';

export function entriesOf(objects: Objects, oid: string): TreeEntry[] {
  return parseTree(contentOf(objects, oid, 'tree'));
}

export function contentOf(objects: Objects, oid: string, type: 'tree' | 'blob'): Buffer {
  const object = objects.get(oid);
  if (object === undefined) throw new MissingObject(type === 'tree' ? 'folder' : 'files');
  if (object.type !== type) throw new ProtocolError('malformed');
  return object.bytes;
}
