// A webhook that looks at some namespaces only answers for no others.
import { type Admission, allow, deny } from './admission-review.ts';

/** Elsewhere Pods that ask for config are refused, since they would come up without; workloads are left as they are. */
export function withinNamespaces(namespaces: readonly string[] | 'all', admission: Admission): Admission {
  if (namespaces === 'all') return admission;
  const included = new Set(namespaces);
  return async (request) => {
    if (included.has(request.namespace)) return admission(request);
    const why = `confroll does not look at namespace "${request.namespace}", only at ${namespaces.join(', ')} (flag --namespaces)`;
    return request.kind === 'Pod' && request.operation === 'CREATE' ? deny(why) : allow([], [why]);
  };
}
