// The CustomResourceDefinition of GitConfig: the one truth that manifests and charts are generated from.
import type { Schema } from './crd-schema.ts';
import { specSchema } from './crd-spec.ts';
import { statusSchema } from './crd-status.ts';

const gitConfigSchema: Schema = {
  description:
    'A GitConfig says: this path of that repository at this ref becomes files in the Pods of this namespace that ask for it with the label confroll.dev/config.',
  type: 'object',
  required: ['spec'],
  properties: {
    apiVersion: { description: 'confroll.dev/v1alpha1.', type: 'string' },
    kind: { description: 'GitConfig.', type: 'string' },
    // As long as any object's name may be: a longer bound than the rule's, so that the rule's sentence is what is read.
    metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 253 } } },
    spec: specSchema,
    status: statusSchema,
  },
  'x-kubernetes-validations': [
    {
      rule: "self.metadata.name.size() <= 52 && self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
      message:
        'the name of a GitConfig must be a DNS label (lower-case letters, digits and -, no dots) of at most 52 characters, such as shop: it becomes a label value and part of volume names',
      fieldPath: '.metadata.name',
    },
  ],
};

const condition = (field: 'status' | 'reason' | 'message'): string =>
  `.status.conditions[?(@.type=="Ready")].${field}`;

const printerColumns = [
  { name: 'Ready', type: 'string', jsonPath: condition('status') },
  { name: 'Revision', type: 'string', jsonPath: '.status.shortRevision' },
  { name: 'Hash', type: 'string', jsonPath: '.status.hash' },
  { name: 'Workloads', type: 'string', jsonPath: '.status.workloads.summary' },
  { name: 'Held', type: 'integer', jsonPath: '.status.workloads.held' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'Reason', type: 'string', jsonPath: condition('reason'), priority: 1 },
  { name: 'Message', type: 'string', jsonPath: condition('message'), priority: 1 },
  { name: 'URL', type: 'string', jsonPath: '.spec.source.url', priority: 1 },
] as const;

export const gitConfigCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'gitconfigs.confroll.dev' },
  spec: {
    group: 'confroll.dev',
    scope: 'Namespaced',
    names: {
      kind: 'GitConfig',
      listKind: 'GitConfigList',
      plural: 'gitconfigs',
      singular: 'gitconfig',
      shortNames: ['gc'],
      categories: ['confroll'],
    },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        subresources: { status: {} },
        selectableFields: [{ jsonPath: '.spec.source.url' }],
        additionalPrinterColumns: printerColumns,
        schema: { openAPIV3Schema: gitConfigSchema },
      },
    ],
  },
} as const;
